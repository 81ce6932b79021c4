// Streams of our own encoder to look at.
#pragma once

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "nodes/mp3/kernels/encoder.h"

namespace sluice::mp3scope {

using Stream = std::vector<std::uint8_t>;

struct TestStream {
  int rate_hz = 44100;
  int channels = 2;
  int bitrate_kbps = 128;
  bool crc = false;
  int granules = 60;
};

// A chord, clicks and noise: all block types, a reservoir in use.
inline std::vector<Stream> frames_of(const TestStream& options) {
  const auto format = mp3::StreamFormat::make(options.rate_hz, options.channels, options.bitrate_kbps);
  mp3::EncoderOptions how;
  how.rate.crc = options.crc;
  mp3::Encoder encoder(*format, how);
  std::vector<Stream> frames;
  const auto sink = [&](const mp3::MuxedFrame& frame) { frames.emplace_back(frame.bytes.begin(), frame.bytes.end()); };
  std::array<std::array<float, mp3::kLines>, 2> x{};
  std::minstd_rand random(5);
  for (int granule = 0; granule < options.granules; ++granule) {
    for (int n = 0; n < mp3::kLines; ++n) {
      const int t = granule * mp3::kLines + n;
      const auto time = static_cast<float>(t);
      const float click = t % 9000 < 60 ? 0.7f : 0.0f;
      const float noise = (static_cast<float>(random() % 1000) - 500.0f) * 1e-4f;
      x[0][static_cast<std::size_t>(n)] = 0.1f * std::sin(0.05f * time) + 0.1f * std::sin(0.31f * time) + click + noise;
      x[1][static_cast<std::size_t>(n)] = 0.1f * std::sin(0.07f * time) + click + noise;
    }
    encoder.encode(x[0], x[1], sink);
  }
  encoder.finish(sink);
  return frames;
}

inline Stream joined(const std::vector<Stream>& frames) {
  Stream all;
  for (const Stream& frame : frames) all.insert(all.end(), frame.begin(), frame.end());
  return all;
}

inline Stream stream_of(const TestStream& options) {
  return joined(frames_of(options));
}

}  // namespace sluice::mp3scope
