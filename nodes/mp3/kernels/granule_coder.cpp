#include "nodes/mp3/kernels/granule_coder.h"

#include <algorithm>
#include <cmath>

#include "nodes/mp3/kernels/fast_math.h"
#include "nodes/mp3/kernels/quantizer.h"
#include "nodes/mp3/kernels/scalefactors.h"
#include "nodes/mp3/kernels/tuning.h"

namespace sluice::mp3 {
namespace {

constexpr float kTinyEnergy = 1e-20f;  // below any audible or codable line

double bark(double hz) {
  return 7.0 * std::asinh(hz / 650.0);
}

}  // namespace

void GranuleCoder::load(const StreamFormat& format, const BandLayout& layout, const AnalysedGranule& in,
                        int bandwidth_lines) {
  format_ = &format;
  layout_ = &layout;
  type_ = in.spectrum.type;
  silent_ = true;
  const bool short_block = type_ == BlockType::kShort;
  for (int b = 0; b < layout.count; ++b) {
    // Lines of this band that lie below the bandwidth.
    const int first = short_block ? 3 * format.short_edges()[b / 3] : layout.edge[b];
    const int scale = short_block ? 3 : 1;
    const int kept = std::clamp((bandwidth_lines - first) / scale, 0, layout.width(b));
    Band& band = band_[b];
    band = {};
    for (int i = layout.edge[b]; i < layout.edge[b + 1]; ++i) {
      const bool keep = i < layout.edge[b] + kept;
      const float x = keep ? std::fabs(in.spectrum.line[i]) : 0.0f;
      magnitude_[i] = x;
      negative_[i] = in.spectrum.line[i] < 0.0f;
      const float root = std::sqrt(x);
      magnitude34_[i] = std::sqrt(x * root);
      band.energy += x * x;
      band.sum_sqrt += root;
      band.largest34 = std::max(band.largest34, magnitude34_[i]);
    }
    band.threshold = std::max(in.threshold[b], kTinyEnergy);
    band.finest = finest_index(band.largest34);
    const double line_hz = format.rate_hz / 1152.0 * scale;
    const int low = first / scale;
    const double width_bark = bark((low + layout.width(b)) * line_hz) - bark(low * line_hz);
    band.weight = tuning().width_weight * static_cast<float>(std::log2(layout.width(b) * scale / width_bark / 16.0));
    silent_ = silent_ && band.energy <= kTinyEnergy;
  }
}

float GranuleCoder::wanted_log2_noise(const Band& band, float offset) const {
  const float wanted = fast_log2(band.threshold) + band.weight + kLog2NoisePerIndex * offset;
  const float energy = fast_log2(band.energy + kTinyEnergy);
  // A band that stands out of its mask is not dropped altogether, however few the bits: a hole is heard before noise
  // is.
  const float ceiling =
      energy + tuning().hole_depth + kLog2NoisePerIndex * std::max(0.0f, offset - tuning().hole_limit);
  return fast_log2(band.threshold) < energy + tuning().hole_margin ? std::min(wanted, ceiling) : wanted;
}

void GranuleCoder::calibrate_band(int b, float offset) {
  Band& band = band_[b];
  const float wanted = wanted_log2_noise(band, offset);
  if (band.energy <= kTinyEnergy || wanted >= fast_log2(band.energy)) {
    band.index = kAnyStep;
    return;
  }
  const auto from = static_cast<std::size_t>(layout_->edge[b]);
  const auto width = static_cast<std::size_t>(layout_->width(b));
  const auto x = std::span(magnitude_).subspan(from, width);
  const auto x34 = std::span(magnitude34_).subspan(from, width);
  const auto q = std::span(quantised_).subspan(from, width);
  float index = predicted_index(fast_exp2(wanted), band.sum_sqrt);
  for (int pass = 0; pass < tuning().corrections; ++pass) {
    const int rounded = std::clamp(static_cast<int>(std::floor(index + 0.5f)), band.finest, kMaxStepIndex);
    quantise(x34, rounded, q);
    const float measured = fast_log2(quantisation_noise(x, q, rounded) + kTinyEnergy);
    index = static_cast<float>(rounded) + std::clamp((wanted - measured) / kLog2NoisePerIndex, -6.0f, 6.0f);
  }
  band.index = std::max(index, static_cast<float>(band.finest));
}

void GranuleCoder::calibrate(float offset) {
  calibrated_ = offset;
  for (int b = 0; b < layout_->count; ++b) calibrate_band(b, offset);
}

int GranuleCoder::encode_steps(float offset, QuantizedGranule& out) {
  std::array<float, kMaxBands> wanted;
  std::array<int, kMaxBands> obtained{};
  const auto count = static_cast<std::size_t>(layout_->count);
  for (std::size_t b = 0; b < count; ++b)
    wanted[b] = band_[b].index == kAnyStep
                    ? kAnyStep
                    : std::max(band_[b].index + offset - calibrated_, static_cast<float>(band_[b].finest));
  out.block_type = type_;
  choose_scalefactors(*format_, *layout_, std::span(wanted).first(count), out, std::span(obtained).first(count));
  for (std::size_t b = 0; b < count; ++b) {
    const auto from = static_cast<std::size_t>(layout_->edge[b]);
    const auto width = static_cast<std::size_t>(layout_->edge[b + 1]) - from;
    const auto q = std::span(quantised_).subspan(from, width);
    if (wanted[b] == kAnyStep)
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
  for (int i = 0; i < kLines; ++i)
    out.line[i] = negative_[i] ? static_cast<std::int16_t>(-quantised_[i]) : quantised_[i];
}

}  // namespace sluice::mp3
