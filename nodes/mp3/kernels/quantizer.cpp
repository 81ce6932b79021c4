#include "nodes/mp3/kernels/quantizer.h"

#include <algorithm>
#include <cmath>

#include "nodes/mp3/kernels/simd.h"

namespace sluice::mp3 {

const std::array<float, kMaxStepIndex - kMinStepIndex + 1> kInverseStep34 = [] {
  constexpr int kUnityIndex = 210;  // step 1.0
  std::array<float, kMaxStepIndex - kMinStepIndex + 1> table;
  for (std::size_t i = 0; i < table.size(); ++i)
    table[i] = static_cast<float>(std::exp2(-0.75 * (static_cast<int>(i) + kMinStepIndex - kUnityIndex) / 4.0));
  return table;
}();  // made before main(): asked for by every band of every pass

void compand(std::span<const float, kLines> lines, const BandLayout& layout, Companded& out) {
  alignas(64) std::array<float, kLines> magnitude;
  simd().magnitudes(lines.data(), magnitude.data());
  simd().compand(magnitude.data(), out.root.data(), out.power34.data());
  std::fill(out.power34.begin() + kLines, out.power34.end(), 0.0f);
  out.measures = {};
  simd().measure_bands(layout.edge.data(), layout.count, magnitude.data(), out.root.data(), out.power34.data(),
                       out.measures);
}

void CompandedLines::load(std::span<const float, kLines> lines, const BandLayout& layout,
                          std::span<const std::int16_t> kept, const Companded* companded) {
  lines_ = lines.data();
  layout_ = &layout;
  if (!companded) compand(lines, layout, own_);
  companded_ = companded ? companded : &own_;
  measures_ = companded_->measures;
  gap_count_ = 0;
  for (int band = 0; band < layout.count; ++band)
    if (kept[band] < layout.width(band)) cut(band, kept[band]);
}

// The first band of `out` becomes that of `count` lines from `first` on. An odd line at the end gets a zero beside it.
void CompandedLines::measure(int first, int count, BandMeasures& out) const {
  const std::array<std::int16_t, 2> edges = {0, static_cast<std::int16_t>(count + count % 2)};
  std::array<const float*, 3> values = {lines_ + first, companded_->root.data() + first,
                                        companded_->power34.data() + first};
  std::array<std::array<float, kLines>, 3> copy;
  for (std::size_t n = 0; n < values.size() && count % 2 != 0; ++n) {
    *std::copy_n(values[n], count, copy[n].begin()) = 0.0f;
    values[n] = copy[n].data();
  }
  simd().measure_bands(edges.data(), 1, values[0], values[1], values[2], out);  // of the lines only squares matter
}

// Leaves out all lines of a band but the first `kept`.
void CompandedLines::cut(int band, int kept) {
  const int first = layout_->edge[band];
  const int end = layout_->edge[band + 1];
  if (gap_count_ > 0 && gaps_[gap_count_ - 1].end == first + kept)
    gaps_[gap_count_ - 1].end = end;
  else
    gaps_[gap_count_++] = {first + kept, end};
  BandMeasures part{};
  if (kept > 0) measure(first, kept, part);
  measures_.energy[band] = part.energy[0];
  measures_.sum_root[band] = part.sum_root[0];
  measures_.largest34[band] = part.largest34[0];
}

void CompandedLines::target(std::span<const float> threshold, std::span<const float> weight, BandTargets& out) const {
  simd().target_bands(layout_->slots(), measures_, threshold.data(), weight.data(), out);
}

void CompandedLines::quantise(std::span<const float> scale) {
  simd().quantise_bands(layout_->edge.data(), layout_->count, companded_->power34.data(), scale.data(),
                        quantised_.data());
  for (std::size_t n = 0; n < gap_count_; ++n)
    std::fill(quantised_.begin() + gaps_[n].first, quantised_.begin() + gaps_[n].end, std::int16_t{0});
  simd().largest_quantised(measures_.largest34, scale.data(), largest_.data());
}

void CompandedLines::write_signed(std::span<std::int16_t, kLines> out) const {
  simd().apply_signs(lines_, quantised_.data(), out.data());
}

}  // namespace sluice::mp3
