#include "engine/stream/format.h"

#include <fmt/format.h>

namespace sluice {

std::string to_string(const Format& format) {
  std::string inside = format.codec;
  const auto add = [&](const std::string& part) { inside += (inside.empty() ? "" : ", ") + part; };
  if (format.rate_hz > 0) add(fmt::format("{:g} Hz", format.rate_hz));
  if (format.channels > 0) add(fmt::format("{} ch", format.channels));
  return inside.empty() ? format.media : fmt::format("{}{{{}}}", format.media, inside);
}

}  // namespace sluice
