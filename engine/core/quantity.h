// Numbers with units as people write them in graph files: "10 ms", "44.1 kHz", "-16 LUFS", "64 KiB", "128".
#pragma once

#include <string>
#include <string_view>

#include "engine/core/result.h"

namespace sluice {

// Reads `text` as a number in `unit`, the base unit of a parameter: "s", "Hz", "B", "dB", "LUFS", "kbit/s", "%", "" ...
// A bare number is taken in `unit`; a suffix of the same dimension is converted ("10 ms" for "s" is 0.01).
// Fails with the units that are allowed. Rejects NaN, infinities and trailing text.
Result<double> parse_quantity(std::string_view text, std::string_view unit);

// Shortest readable form in `unit`: (0.01, "s") -> "10 ms", (44100, "Hz") -> "44.1 kHz".
std::string format_quantity(double value, std::string_view unit);

}  // namespace sluice
