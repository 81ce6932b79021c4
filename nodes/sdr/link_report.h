// What a modem or a packet receiver says of the link, once a frame.
#pragma once

#include <cstdint>
#include <string_view>

#include "engine/stream/format.h"

namespace sluice::sdr {

struct LinkReport {
  static constexpr std::string_view kMedia = "sdr.report";
  enum class From : std::uint8_t { modem, packets } from = From::modem;

  // From the modem: of the last frame, and counts since the start.
  double snr_db = 0, evm_db = 0, cfo_hz = 0, clock_ppm = 0;
  std::uint64_t frames = 0;      // demodulated
  std::uint64_t bad_frames = 0;  // begun, and given up

  // From the packets: counts since the start.
  std::uint64_t packets = 0, lost = 0;
};

inline Format report_format() {
  return {.media = std::string(LinkReport::kMedia), .codec = "", .rate_hz = 0, .channels = 0};
}

}  // namespace sluice::sdr
