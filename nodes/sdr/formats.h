// What the family's links carry.
#pragma once

#include "engine/stream/format.h"

namespace sluice::sdr {

inline Format iq_format(double rate_hz) {
  return {.media = "iq", .codec = "", .rate_hz = rate_hz, .channels = 1};
}
inline Format packet_format(const char* codec, double rate_hz) {
  return {.media = "packet", .codec = codec, .rate_hz = rate_hz, .channels = 0};
}

}  // namespace sluice::sdr
