// Text as a value of the one-line form.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// In quotes, with what means something there (`"`, `\` and, for variables, `$`) written so that it does not.
std::string quoted_value(std::string_view text);

}  // namespace sluice
