#include "nodes/mp3/kernels/quantizer.h"

#include <algorithm>
#include <cmath>

#include "nodes/mp3/kernels/simd.h"

namespace sluice::mp3 {
namespace {

constexpr int kIndices = kMaxStepIndex - kMinStepIndex + 1;
constexpr int kUnityIndex = 210;  // step 1.0

struct Tables {
  float inverse34[kIndices];

  Tables() {
    for (int i = 0; i < kIndices; ++i) {
      const double exponent = (i + kMinStepIndex - kUnityIndex) / 4.0;
      inverse34[i] = static_cast<float>(std::exp2(-0.75 * exponent));
    }
  }
};

const Tables& tables() {
  static const Tables instance;
  return instance;
}

}  // namespace

float inverse_step34(int index) {
  return tables().inverse34[index - kMinStepIndex];
}

void CompandedLines::load(std::span<const float, kLines> lines, const BandLayout& layout,
                          std::span<const std::int16_t> kept) {
  lines_ = lines.data();
  layout_ = &layout;
  alignas(64) std::array<float, kLines> magnitude;
  alignas(64) std::array<float, kLines> root;
  simd().magnitudes(lines.data(), magnitude.data());
  for (int band = 0; band < layout.count; ++band)
    if (kept[band] < layout.width(band))
      std::fill(magnitude.begin() + layout.edge[band] + kept[band], magnitude.begin() + layout.edge[band + 1], 0.0f);
  simd().compand(magnitude.data(), root.data(), power34_.data());
  measures_ = {};
  simd().measure_bands(layout.edge.data(), layout.count, magnitude.data(), root.data(), power34_.data(), measures_);
}

void CompandedLines::target(std::span<const float> threshold, std::span<const float> weight, BandTargets& out) const {
  simd().target_bands(measures_, threshold.data(), weight.data(), out);
}

void CompandedLines::quantise(std::span<const float> scale) {
  simd().quantise_bands(layout_->edge.data(), layout_->count, power34_.data(), scale.data(), quantised_.data());
  simd().largest_quantised(measures_.largest34, scale.data(), largest_.data());
}

void CompandedLines::write_signed(std::span<std::int16_t, kLines> out) const {
  simd().apply_signs(lines_, quantised_.data(), out.data());
}

}  // namespace sluice::mp3
