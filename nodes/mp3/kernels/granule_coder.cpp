#include "nodes/mp3/kernels/granule_coder.h"

#include <algorithm>
#include <cmath>

#include "nodes/mp3/kernels/scalefactors.h"
#include "nodes/mp3/kernels/simd.h"
#include "nodes/mp3/kernels/tuning.h"

namespace sluice::mp3 {
namespace {

double bark(double hz) {
  return 7.0 * std::asinh(hz / 650.0);
}  // as in psychoacoustics.h

}  // namespace

// A wide band saves more bits per dB of noise than a narrow one, so that the least sum of noise-to-mask ratios over
// Bark, for given bits, gives it more noise: in proportion to its lines per Bark. The exponent and the limit are tuned.
BandPlan::BandPlan(const StreamFormat& format, const BandLayout& bands, bool short_block, int bandwidth_lines)
    : layout(bands), scalefactors(format, bands, short_block) {
  constexpr double kUnityLinesPerBark = 16.0;
  const int windows = short_block ? 3 : 1;
  const double line_hz = format.rate_hz / 1152.0 * windows;
  for (int b = 0, low = 0; b < layout.count; ++b) {
    const int width = layout.width(b);
    kept[b] = static_cast<std::int16_t>(std::clamp(bandwidth_lines / windows - low, 0, width));
    const double lines_per_bark = width * windows / (bark((low + width) * line_hz) - bark(low * line_hz));
    const double weighted = tuning().width_weight * std::log2(lines_per_bark / kUnityLinesPerBark);
    weight[b] = std::min(static_cast<float>(weighted), tuning().largest_weight);
    if (b % windows == windows - 1) low += width;
  }
}

void GranuleCoder::load(const StreamFormat& format, const BandPlan& plan, const AnalysedGranule& in,
                        const Companded* companded) {
  format_ = &format;
  plan_ = &plan;
  type_ = in.spectrum.type;
  lines_.load(in.spectrum.line, plan.layout, plan.kept, companded);
  alignas(64) std::array<float, kBandSlots> threshold{};
  std::copy_n(in.threshold.begin(), plan.layout.count, threshold.begin());
  lines_.target(threshold, plan.weight, targets_);
  silent_ = std::all_of(targets_.last_offset, targets_.last_offset + plan.layout.slots(),
                        [](float last) { return last == kNeverCoded; });
}

HuffmanPlan GranuleCoder::plan_codes() const {
  const auto& q = lines_.magnitudes();
  if (type_ == BlockType::kNormal)
    return plan_long(q, lines_.largest(), format_->long_edges(), disputed_edge(*format_));
  return plan_switched(q, format_->implied_region1_line(type_ == BlockType::kShort));
}

int GranuleCoder::encode_steps(float offset, QuantizedGranule& out) {
  ScalefactorWishes wanted;
  simd().wishes_at(plan_->layout.slots(), targets_, offset, wanted);
  alignas(64) std::array<float, kBandSlots> obtained;
  out.block_type = type_;
  plan_->scalefactors.choose(wanted, out, obtained);
  alignas(64) std::array<float, kBandSlots> scale{};
  for (int b = 0; b < plan_->layout.count; ++b) {
    const float coded = inverse_step34(static_cast<int>(obtained[b]));
    scale[b] = wanted.index[b] != kAnyStep ? coded : 0.0f;
  }
  lines_.quantise(scale);
  const HuffmanPlan plan = plan_codes();
  out.big_values = static_cast<std::uint16_t>(plan.big_values);
  out.count1 = static_cast<std::uint16_t>(plan.count1);
  out.table_select = plan.table_select;
  out.region0_count = static_cast<std::uint8_t>(plan.region0_count);
  out.region1_count = static_cast<std::uint8_t>(plan.region1_count);
  out.count1table_select = static_cast<std::uint8_t>(plan.count1table_select);
  return plan.bits + out.part2_length;
}

int GranuleCoder::encode(float offset, QuantizedGranule& out) {
  int bits = encode_steps(offset, out);
  for (float coarser = offset + 1.0f; bits > kMaxPart23Bits; coarser += 1.0f) bits = encode_steps(coarser, out);
  out.part2_3_length = static_cast<std::uint16_t>(bits);
  return bits;
}

}  // namespace sluice::mp3
