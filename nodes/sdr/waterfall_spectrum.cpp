#include "nodes/sdr/waterfall_spectrum.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "nodes/sdr/liquid_dsp.h"

namespace sluice::sdr {

struct WaterfallSpectrum::Plan {
  fftplan fft;
};

WaterfallSpectrum::WaterfallSpectrum(std::size_t bins, std::size_t row_samples)
    : row_samples_(std::max(bins, row_samples)),
      window_(bins),
      power_(bins),
      levels_(bins),
      segment_(bins),
      windowed_(bins),
      spectrum_(bins) {
  for (std::size_t n = 0; n < bins; ++n)
    window_[n] = static_cast<float>(
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(bins)));
  plan_ = std::make_unique<Plan>(
      fft_create_plan(static_cast<unsigned>(bins), windowed_.data(), spectrum_.data(), LIQUID_FFT_FORWARD, 0));
}

WaterfallSpectrum::~WaterfallSpectrum() {
  fft_destroy_plan(plan_->fft);
}

std::size_t WaterfallSpectrum::take(std::span<const std::complex<float>> samples) noexcept {
  const std::size_t count = std::min(samples.size(), row_samples_ - taken_);
  for (const std::complex<float> x : samples.first(count)) {
    segment_[filled_] = x;
    if (++filled_ == segment_.size()) add_segment();
  }
  taken_ += count;
  return count;
}

void WaterfallSpectrum::add_segment() noexcept {
  filled_ = 0;
  std::ranges::transform(segment_, window_, windowed_.begin(), [](std::complex<float> x, float w) { return w * x; });
  fft_execute(plan_->fft);
  for (std::size_t k = 0; k < power_.size(); ++k) power_[k] += std::norm(spectrum_[k]);
  ++segments_;
}

std::optional<std::span<const float>> WaterfallSpectrum::row() noexcept {
  taken_ = filled_ = 0;
  if (segments_ == 0) return std::nullopt;
  constexpr float kSilence = 1e-20f;  // -200 dB
  const float sum = std::accumulate(window_.begin(), window_.end(), 0.0f);
  const float scale = 1 / (sum * sum * static_cast<float>(segments_));
  const std::size_t half = power_.size() / 2;
  for (std::size_t k = 0; k < power_.size(); ++k) {
    const float power = power_[(k + half) % power_.size()] * scale;
    levels_[k] = 10 * std::log10(power > kSilence ? power : kSilence);  // and of what is no number
  }
  std::ranges::fill(power_, 0.0f);
  segments_ = 0;
  return levels_;
}

}  // namespace sluice::sdr
