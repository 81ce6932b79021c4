#include "nodes/mp3/kernels/granule_coder.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "nodes/mp3/kernels/fast_math.h"
#include "nodes/mp3/kernels/quantizer.h"
#include "nodes/mp3/kernels/scalefactors.h"
#include "nodes/mp3/kernels/tuning.h"

namespace sluice::mp3 {
namespace {

constexpr float kTinyEnergy = 1e-20f;  // below any audible or codable line
constexpr float kNever = -1000.0f;     // last_offset of a silent band

double bark(double hz) {
  return 7.0 * std::asinh(hz / 650.0);
}  // as in psychoacoustics.h

}  // namespace

// A wide band saves more bits per dB of noise than a narrow one, so that the least sum of noise-to-mask ratios over
// Bark, for given bits, gives it more noise: in proportion to its lines per Bark. The exponent and the limit are tuned.
BandPlan::BandPlan(const StreamFormat& format, const BandLayout& bands, bool short_block, int bandwidth_lines)
    : layout(bands) {
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

void GranuleCoder::load(const StreamFormat& format, const BandPlan& plan, const AnalysedGranule& in) {
  format_ = &format;
  plan_ = &plan;
  type_ = in.spectrum.type;
  silent_ = true;
  for (int i = 0; i < kLines; ++i) {
    magnitude34_[i] = std::fabs(in.spectrum.line[i]);
    sign_[i] = in.spectrum.line[i] < 0.0f ? -1 : 0;
  }
  for (int b = 0; b < plan.layout.count; ++b) load_band(b, in.threshold[b]);
}

// Turns the band's magnitudes into |x|^(3/4) on the way.
void GranuleCoder::load_band(int b, float threshold) {
  float* const x = magnitude34_.data() + plan_->layout.edge[b];
  const int width = plan_->layout.width(b);
  std::fill(x + plan_->kept[b], x + width, 0.0f);
  float energy = kTinyEnergy;
  float sum_sqrt = kTinyEnergy;
  float largest = 0.0f;
  for (int i = 0; i < width; ++i) {
    const float root = std::sqrt(x[i]);
    energy += x[i] * x[i];
    sum_sqrt += root;
    x[i] = std::sqrt(x[i] * root);
    largest = std::max(largest, x[i]);
  }
  Band& band = band_[b];
  const float allowed = fast_log2(std::max(threshold, kTinyEnergy)) + plan_->weight[b];
  band.index = predicted_index(allowed, sum_sqrt);
  band.last_offset = energy > 2.0f * kTinyEnergy ? (fast_log2(energy) - allowed) / kLog2NoisePerIndex : kNever;
  band.finest = finest_index(largest);
  silent_ = silent_ && band.last_offset == kNever;
}

int GranuleCoder::encode_steps(float offset, QuantizedGranule& out) {
  std::array<BandStep, kMaxBands> wanted;
  std::array<int, kMaxBands> obtained{};
  const BandLayout& layout = plan_->layout;
  const auto count = static_cast<std::size_t>(layout.count);
  for (std::size_t b = 0; b < count; ++b)
    if (offset < band_[b].last_offset)
      wanted[b] = {std::max(band_[b].index + offset, static_cast<float>(band_[b].finest)), band_[b].finest};
  out.block_type = type_;
  choose_scalefactors(*format_, layout, std::span(wanted).first(count), out, std::span(obtained).first(count));
  for (std::size_t b = 0; b < count; ++b) {
    const auto from = static_cast<std::size_t>(layout.edge[b]);
    const auto width = static_cast<std::size_t>(layout.edge[b + 1]) - from;
    const auto q = std::span(quantised_).subspan(from, width);
    if (wanted[b].index == kAnyStep)
      std::fill(q.begin(), q.end(), std::int16_t{0});
    else
      quantise(std::span(magnitude34_).subspan(from, width), obtained[b], q);
  }
  const bool switched = type_ != BlockType::kNormal;
  const HuffmanPlan plan = switched
                               ? plan_switched(quantised_, format_->implied_region1_line(type_ == BlockType::kShort))
                               : plan_long(quantised_, format_->long_edges(), disputed_edge(*format_));
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

void GranuleCoder::finish(QuantizedGranule& out) const {
  for (int i = 0; i < kLines; ++i) out.line[i] = static_cast<std::int16_t>((quantised_[i] ^ sign_[i]) - sign_[i]);
}

}  // namespace sluice::mp3
