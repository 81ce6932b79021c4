// The page at "/": apps/web/player.html, compiled in by this folder's CMakeLists.txt.
#pragma once

#include <string_view>

namespace sluice::net {

/// "{{nonce}}" stands where the response's Content-Security-Policy nonce goes.
extern const std::string_view kPlayerPage;

}  // namespace sluice::net
