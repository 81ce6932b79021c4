#include "nodes/speech/kernels/mel.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace sluice::speech {
namespace {

constexpr float kPreEmphasis = 0.97f;
constexpr double kPovey = 0.85;  // exponent of the raised cosine
constexpr double kLifter = 22;
constexpr float kFullScale = 32768;  // features are those of 16-bit samples

double mel(double f) {
  return 1127 * std::log(1 + f / 700);
}

std::size_t samples(double duration_s, double rate_hz) {
  return static_cast<std::size_t>(std::lround(duration_s * rate_hz));
}

}  // namespace

LogMel::LogMel(const MelSettings& settings)
    : hop_(samples(settings.hop_s, settings.rate_hz)),
      window_(samples(settings.window_s, settings.rate_hz)),
      frame_(window_.size()),
      spectrum_(std::bit_ceil(window_.size())) {
  const double last = static_cast<double>(window_.size() - 1);
  for (std::size_t n = 0; n < window_.size(); ++n)
    window_[n] = static_cast<float>(
        std::pow(0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / last), kPovey));
  power_.resize(spectrum_.bins());
  const double high_hz = settings.high_hz > 0 ? settings.high_hz : settings.rate_hz / 2 + settings.high_hz;
  const double low = mel(settings.low_hz), step = (mel(high_hz) - low) / static_cast<double>(settings.bins + 1);
  const double bin_hz = settings.rate_hz / static_cast<double>(std::bit_ceil(window_.size()));
  for (std::size_t m = 0; m < settings.bins; ++m) {
    const double left = low + static_cast<double>(m) * step, centre = left + step, right = centre + step;
    Triangle triangle;
    for (std::size_t k = 0; k + 1 < power_.size(); ++k) {
      const double at = mel(static_cast<double>(k) * bin_hz);
      if (at <= left || at >= right) continue;
      if (triangle.weights.empty()) triangle.first = k;
      triangle.weights.push_back(static_cast<float>(at <= centre ? (at - left) / step : (right - at) / step));
    }
    triangles_.push_back(std::move(triangle));
  }
}

void LogMel::run(std::span<const float> x, std::span<float> energies) {
  const float mean = std::accumulate(x.begin(), x.end(), 0.0f) / static_cast<float>(x.size());
  for (std::size_t n = 0; n < frame_.size(); ++n) frame_[n] = (x[n] - mean) * kFullScale;
  for (std::size_t n = frame_.size() - 1; n > 0; --n) frame_[n] -= kPreEmphasis * frame_[n - 1];
  frame_[0] -= kPreEmphasis * frame_[0];
  for (std::size_t n = 0; n < frame_.size(); ++n) frame_[n] *= window_[n];
  spectrum_.run(frame_, power_);
  for (std::size_t m = 0; m < triangles_.size(); ++m) {
    const Triangle& triangle = triangles_[m];
    const float energy = std::inner_product(triangle.weights.begin(), triangle.weights.end(),
                                            power_.begin() + static_cast<std::ptrdiff_t>(triangle.first), 0.0f);
    energies[m] = std::log(std::max(energy, std::numeric_limits<float>::epsilon()));
  }
}

Cepstrum::Cepstrum(std::size_t energies, std::size_t count) : rows_(count, std::vector<float>(energies)) {
  const auto m_count = static_cast<double>(energies);
  for (std::size_t i = 0; i < count; ++i) {
    const double order = static_cast<double>(i);
    const double lifter = 1 + 0.5 * kLifter * std::sin(std::numbers::pi * order / kLifter);
    const double scale = lifter * std::sqrt((i == 0 ? 1 : 2) / m_count);
    for (std::size_t m = 0; m < energies; ++m)
      rows_[i][m] =
          static_cast<float>(scale * std::cos(std::numbers::pi * order * (static_cast<double>(m) + 0.5) / m_count));
  }
}

void Cepstrum::run(std::span<const float> energies, std::span<float> cepstra) const {
  for (std::size_t i = 0; i < rows_.size(); ++i)
    cepstra[i] = std::inner_product(rows_[i].begin(), rows_[i].end(), energies.begin(), 0.0f);
}

}  // namespace sluice::speech
