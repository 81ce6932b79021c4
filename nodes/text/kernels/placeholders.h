// Texts with places to be filled in: "Translate into German: {{text}}".
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::text {

// The template with every {{name}} replaced by what `value_of` gives for it; spaces around a name do not count. What
// has no value, and what is filled in, stays as it is.
std::string fill_in(std::string_view form, const std::function<std::optional<std::string>(std::string_view)>& value_of);

// The first name that `known` does not know; none: all are right.
std::optional<std::string> unknown_placeholder(std::string_view form,
                                               const std::function<bool(std::string_view)>& known);

}  // namespace sluice::text
