// Complex Gaussian noise, the same for the same seed on every machine: xoshiro256+ (Blackman and Vigna 2018) and the
// polar method of Marsaglia (1964), which needs no trigonometry.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

#include "nodes/sdr/kernels/complex_math.h"

namespace sluice::sdr {

// Realtime-safe.
class Gaussian {
 public:
  explicit Gaussian(std::uint64_t seed = 1) noexcept {
    for (std::uint64_t& word : state_) {  // splitmix64
      seed += 0x9E3779B97F4A7C15u;
      std::uint64_t z = seed;
      z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
      z = (z ^ z >> 27) * 0x94D049BB133111EBu;
      word = z ^ z >> 31;
    }
  }

  // In [-1, 1).
  float uniform() noexcept {
    const std::uint64_t result = state_[0] + state_[3], t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return static_cast<float>(static_cast<std::int64_t>(result) >> 40) * 0x1p-23f;
  }

  // Real and imaginary part independent, each of variance 1.
  Sample next() noexcept {
    for (;;) {
      const Sample x{uniform(), uniform()};
      const float s = power(x);
      if (s >= 1 || s == 0) continue;
      return x * std::sqrt(-2 * std::log(s) / s);
    }
  }

 private:
  std::uint64_t state_[4]{};
};

}  // namespace sluice::sdr
