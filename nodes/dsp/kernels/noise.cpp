#include "nodes/dsp/kernels/noise.h"

#include <cmath>

namespace sluice::dsp {
namespace {
constexpr int kRows = 17;                           // octaves: at 44.1 kHz the slowest row changes every 1.5 s
constexpr double kUniformRms = 0.5773502691896258;  // 1 / sqrt(3)
}  // namespace

float NoiseSource::white(std::int64_t position) const noexcept {
  return static_cast<float>(uniform(stream_ + static_cast<std::uint64_t>(position)) / kUniformRms);
}

float NoiseSource::pink(std::int64_t position) const noexcept {
  static const double scale = 1 / (kUniformRms * std::sqrt(kRows));
  double sum = 0;
  for (int row = 0; row < kRows; ++row) {
    // Half a step of shift per row: rows do not all change at once.
    const std::int64_t held = (position + (std::int64_t{1} << row >> 1)) >> row;
    sum += uniform(stream_ + (static_cast<std::uint64_t>(row + 1) << 56) + static_cast<std::uint64_t>(held));
  }
  return static_cast<float>(sum * scale);
}

}  // namespace sluice::dsp
