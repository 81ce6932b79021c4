// Signals and measurements that the tests of this family share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string_view>
#include <vector>

#include "engine/testing/node_harness.h"

namespace sluice::dsp {

using Channel = std::vector<float>;
using Audio = std::vector<Channel>;

inline Channel sine(double freq_hz, double rate_hz, std::size_t frames, double amplitude = 0.5) {
  Channel x(frames);
  for (std::size_t n = 0; n < frames; ++n)
    x[n] = static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * freq_hz * static_cast<double>(n) / rate_hz));
  return x;
}

// Uniform in +-amplitude, by a linear congruential generator (Numerical Recipes, 2nd edition, 7.1).
inline Channel seeded_noise(std::size_t frames, std::uint32_t seed, float amplitude = 0.5f) {
  Channel x(frames);
  for (float& v : x) {
    seed = seed * 1664525u + 1013904223u;
    v = amplitude * (static_cast<float>(seed >> 8) / 8388608.0f - 1);
  }
  return x;
}

// 10 log10 of reference power over difference power, frames first .. last - 1.
inline double snr_db(const Channel& reference, const Channel& x, std::size_t first, std::size_t last) {
  double signal = 0, error = 0;
  for (std::size_t n = first; n < last; ++n) {
    signal += std::pow(static_cast<double>(reference[n]), 2);
    error += std::pow(static_cast<double>(reference[n]) - static_cast<double>(x[n]), 2);
  }
  return 10 * std::log10(signal / std::max(error, 1e-30));
}

inline double rms_db(const Channel& x) {
  double sum = 0;
  for (const float v : x) sum += static_cast<double>(v) * static_cast<double>(v);
  return 10 * std::log10(sum / static_cast<double>(x.size()));
}

inline double peak(const Channel& x) {
  float most = 0;
  for (const float v : x) most = std::max(most, std::abs(v));
  return static_cast<double>(most);
}

// Pulls a source that ends by itself dry; at most `limit` calls.
inline void drain(NodeHarness& harness, int limit = 100000) {
  while (limit-- > 0 && harness.pull().when != Pull::When::ended) {
  }
}

}  // namespace sluice::dsp
