// Flat Rayleigh fading by a sum of sinusoids (Zheng and Xiao, "Improved models for the generation of multiple
// uncorrelated Rayleigh fading waveforms", IEEE Comm. Letters 6, 2002):
//   h(t) = 1 / sqrt(N) sum_n (cos(w t cos a_n + p_n) + j cos(w t sin a_n + q_n)),   a_n = (2 pi n - pi + theta) / (4 N)
// with random phases theta, p_n, q_n, and w = 2 pi times the Doppler frequency. Mean power 1.
#pragma once

#include <array>
#include <cmath>
#include <numbers>

#include "nodes/sdr/kernels/gaussian.h"

namespace sluice::sdr {

class RayleighFading {
 public:
  RayleighFading() = default;
  explicit RayleighFading(std::uint64_t seed) {
    Gaussian random(seed);
    constexpr double kPi = std::numbers::pi;
    const double theta = kPi * static_cast<double>(random.uniform());
    for (std::size_t n = 0; n < kPaths; ++n) {
      const double a = (2 * kPi * static_cast<double>(n + 1) - kPi + theta) / (4.0 * kPaths);
      paths_[n] = {std::cos(a), std::sin(a), kPi * static_cast<double>(random.uniform()),
                   kPi * static_cast<double>(random.uniform())};
    }
  }

  // cycles: Doppler frequency times time. Realtime-safe.
  Sample at(double cycles) const noexcept {
    const double wt = 2 * std::numbers::pi * cycles;
    double real = 0, imag = 0;
    for (const Path& path : paths_) {
      real += std::cos(wt * path.cosine + path.p);
      imag += std::cos(wt * path.sine + path.q);
    }
    const double scale = 1 / std::sqrt(static_cast<double>(kPaths));
    return Sample(static_cast<float>(scale * real), static_cast<float>(scale * imag));
  }

 private:
  static constexpr std::size_t kPaths = 12;
  struct Path {
    double cosine = 0, sine = 0, p = 0, q = 0;
  };
  std::array<Path, kPaths> paths_{};
};

}  // namespace sluice::sdr
