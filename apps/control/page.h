// The page at "/": apps/web/control.{html,css,js}, compiled in by this folder's CMakeLists.txt. It holds no data.
#pragma once

#include <string_view>

namespace sluice::control {

struct PagePart {
  std::string_view path, content_type, text;
};

// Null when `path` is no part of the page.
const PagePart* find_page_part(std::string_view path);

}  // namespace sluice::control
