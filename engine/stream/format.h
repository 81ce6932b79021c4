// What a link carries. Negotiated once, before the graph starts.
#pragma once

#include <cstdint>
#include <string>

#include "engine/core/clock.h"

namespace sluice {

struct Format {
  std::string media;   // "audio" (planar f32), "iq" (cf32), "packet", "text", or a family's own ("mp3.spectrum")
  std::string codec;   // packet: "mp3", "pcm_alaw", ...; text: "transcript", ...; empty for samples
  double rate_hz = 0;  // sample frames per second; packets count in the frames they stand for; 0 = no rate
  int channels = 0;    // audio and what is made of it; 0 where it has no meaning

  bool operator==(const Format&) const = default;
};

// "audio{44100 Hz, 2 ch}", "packet{mp3, 44100 Hz, 2 ch}".
std::string to_string(const Format& format);

// A format with the shape of its blocks: what latency analysis and preparation need.
struct StreamSpec {
  Format format;
  std::int64_t block_frames = 0;  // largest block, in sample frames

  Duration block_period() const { return frames_to_duration(static_cast<double>(block_frames), format.rate_hz); }
};

}  // namespace sluice
