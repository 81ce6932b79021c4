#include "engine/node/param.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "engine/core/quantity.h"
#include "engine/node/node.h"

namespace sluice {

ParamBase::ParamBase(Node& owner, std::string_view name) : name_(name) {
  owner.params_.push_back(this);
}

Status ParamBase::assign(std::string_view text) {
  Status status = parse(text);
  if (!status) return Error{name_, status.error().message};
  assigned_ = true;
  return {};
}

Status ParamBase::adjust(std::string_view text) {
  if (!info().live) return Error{name_, "cannot be changed while running"};
  Status status = parse(text);
  return status ? Status{} : Status(Error{name_, status.error().message});
}

template <typename T>
requires std::is_arithmetic_v<T>
static std::string allowed_range(const NumberOptions<T>& o) {
  const bool below = o.min == std::numeric_limits<T>::lowest(), above = o.max == std::numeric_limits<T>::max();
  const auto show = [&](T v) { return format_quantity(static_cast<double>(v), o.unit); };
  if (below && above) return std::is_integral_v<T> ? "any whole number" : "any number";
  if (below) return fmt::format("at most {}", show(o.max));
  if (above) return fmt::format("at least {}", show(o.min));
  return fmt::format("{} to {}", show(o.min), show(o.max));
}

template <typename T>
Status Param<T>::parse(std::string_view text) {
  const auto number = parse_quantity(text, options_.unit);
  if (!number) return number.error();
  if (std::is_integral_v<T> && *number != std::trunc(*number))
    return Error{"", fmt::format("'{}' is not a whole number, allowed: {}", text, allowed_range(options_))};
  if (*number < static_cast<double>(options_.min) || *number > static_cast<double>(options_.max))
    return Error{"", fmt::format("{} is out of range, allowed: {}", format_quantity(*number, options_.unit),
                                 allowed_range(options_))};
  set(static_cast<T>(*number));
  return {};
}

template <typename T>
ParamInfo Param<T>::info() const {
  return {.name = name(),
          .type = std::is_integral_v<T> ? "integer" : "number",
          .unit = std::string(options_.unit),
          .default_text = format_quantity(static_cast<double>(options_.default_value), options_.unit),
          .min = static_cast<double>(options_.min),
          .max = static_cast<double>(options_.max),
          .choices = {},
          .doc = std::string(options_.doc),
          .required = options_.required,
          .live = options_.live};
}

template <typename T>
std::string Param<T>::text() const {
  const std::string number = fmt::format("{}", value());
  return options_.unit.empty() ? number : fmt::format("{} {}", number, options_.unit);
}

template class Param<float>;
template class Param<double>;
template class Param<int>;

Status Param<bool>::parse(std::string_view text) {
  const bool yes = text == "true" || text == "yes" || text == "on" || text == "1";
  const bool no = text == "false" || text == "no" || text == "off" || text == "0";
  if (!yes && !no) return Error{"", fmt::format("'{}' is not a yes or no, allowed: true, false", text)};
  value_.store(yes, std::memory_order_relaxed);
  return {};
}

ParamInfo Param<bool>::info() const {
  return {.name = name(),
          .type = "boolean",
          .unit = "",
          .default_text = options_.default_value ? "true" : "false",
          .choices = {"true", "false"},
          .doc = std::string(options_.doc),
          .live = options_.live};
}

std::string Param<bool>::text() const {
  return value_.load(std::memory_order_relaxed) ? "true" : "false";
}

Status Param<std::string>::parse(std::string_view text) {
  if (!options_.choices.empty() && std::ranges::find(options_.choices, text) == options_.choices.end())
    return Error{"", fmt::format("'{}' is not known, allowed: {}", text, fmt::join(options_.choices, ", "))};
  value_ = text;
  return {};
}

ParamInfo Param<std::string>::info() const {
  return {.name = name(),
          .type = options_.choices.empty() ? "text" : "choice",
          .unit = "",
          .default_text = std::string(options_.default_value),
          .choices = options_.choices,
          .doc = std::string(options_.doc),
          .required = options_.required};
}

std::string Param<std::string>::text() const {
  return value_;
}

}  // namespace sluice
