#include "engine/core/quantity.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace sluice {
namespace {

struct Unit {
  std::string_view name, base;
  double factor;  // value in base = number * factor
};

// The first unit of a dimension is its base; larger units follow so that format_quantity can choose.
constexpr std::array kUnits{
    Unit{"s", "s", 1},
    Unit{"ms", "s", 1e-3},
    Unit{"us", "s", 1e-6},
    Unit{"ns", "s", 1e-9},
    Unit{"min", "s", 60},
    Unit{"h", "s", 3600},
    Unit{"Hz", "Hz", 1},
    Unit{"kHz", "Hz", 1e3},
    Unit{"MHz", "Hz", 1e6},
    Unit{"GHz", "Hz", 1e9},
    Unit{"B", "B", 1},
    Unit{"KiB", "B", 1024},
    Unit{"MiB", "B", 1048576},
    Unit{"GiB", "B", 1073741824},
    Unit{"kB", "B", 1e3},
    Unit{"MB", "B", 1e6},
    Unit{"kbit/s", "kbit/s", 1},
    Unit{"kbps", "kbit/s", 1},
    Unit{"Mbit/s", "kbit/s", 1e3},
    Unit{"bit/s", "kbit/s", 1e-3},
    Unit{"dB", "dB", 1},
    Unit{"dBFS", "dBFS", 1},
    Unit{"LUFS", "LUFS", 1},
    Unit{"%", "%", 1},
    Unit{"ppm", "ppm", 1},
    Unit{"samples", "samples", 1},
    Unit{"frames", "frames", 1},
};

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string units_of(std::string_view base) {
  std::string names;
  for (const Unit& unit : kUnits)
    if (unit.base == base) names += (names.empty() ? "" : ", ") + std::string(unit.name);
  return names.empty() ? std::string(base) : names;
}

}  // namespace

Result<double> parse_quantity(std::string_view text, std::string_view unit) {
  const std::string_view trimmed = trim(text);
  const bool plus = trimmed.starts_with('+') && !trimmed.starts_with("+-");
  const std::string_view digits = plus ? trimmed.substr(1) : trimmed;
  double number = 0;
  const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (failed != std::errc{} || !std::isfinite(number))
    return std::unexpected(Error{
        "", fmt::format("'{}' is not a number{}", text, unit.empty() ? "" : fmt::format(" in {}", units_of(unit)))});
  const std::string_view suffix = trim(digits.substr(static_cast<std::size_t>(end - digits.data())));
  if (suffix.empty() || suffix == unit) return number;
  for (const Unit& known : kUnits)
    if (known.name == suffix && known.base == unit) return number * known.factor;
  if (unit.empty())
    return std::unexpected(
        Error{"", fmt::format("'{}' has the unit '{}', but a plain number is expected", text, suffix)});
  return std::unexpected(Error{"", fmt::format("'{}' has the unit '{}', allowed: {}", text, suffix, units_of(unit))});
}

std::string format_quantity(double value, std::string_view unit) {
  const auto plain = [](double v) { return fmt::format("{:.6g}", v); };
  const double magnitude = std::abs(value);
  if (unit == "s" && magnitude > 0 && magnitude < 1)
    return magnitude < 1e-3 ? plain(value * 1e6) + " us" : plain(value * 1e3) + " ms";
  if (unit == "Hz" && magnitude >= 1e3)
    return magnitude < 1e6 ? plain(value / 1e3) + " kHz" : plain(value / 1e6) + " MHz";
  if (unit == "B" && magnitude >= 1024 && std::fmod(value, 1024) == 0) return plain(value / 1024) + " KiB";
  return unit.empty() ? plain(value) : fmt::format("{} {}", plain(value), unit);
}

}  // namespace sluice
