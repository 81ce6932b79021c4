#include "nodes/mp3/kernels/analysis.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "nodes/mp3/kernels/simd.h"
#include "nodes/mp3/kernels/tuning.h"

namespace sluice::mp3 {

MdctStage::MdctStage(const StreamFormat& format, StereoMode mode, bool look_ahead)
    : channels_(format.channels), mode_(mode), look_ahead_(look_ahead), mdct_(format) {
  primed_ = !look_ahead;
}

void MdctStage::reset() {
  for (auto& detector : detector_) detector.reset();
  for (auto& sequencer : sequencer_) sequencer.reset();
  window_ = {};
  primed_ = !look_ahead_;
}

// Mid/side coding needs the same block type in both channels: what is an attack in one is believed sooner in the other.
MdctStage::Attacks MdctStage::find_attacks(const SubbandSet& subbands) {
  constexpr float kSooner = 1.0f / 3.0f;
  std::array<AttackDetector::Rise, kMaxChannels> rise;
  AttackDetector::Rise steepest;
  for (int ch = 0; ch < channels_; ++ch) {
    rise[ch] = detector_[ch].detect(subbands[ch]);
    if (rise[ch].ratio > steepest.ratio) steepest = rise[ch];
  }
  const bool any = steepest.ratio > tuning().attack_ratio;
  const float enough = tuning().attack_ratio * (any && mode_ == StereoMode::kJoint ? kSooner : 1.0f);
  Attacks attacks;
  for (int ch = 0; ch < channels_; ++ch) {
    const AttackDetector::Rise& seen = mode_ == StereoMode::kMidSide ? steepest : rise[ch];
    if (seen.ratio > enough) attacks[ch] = look_ahead_ ? seen.slot : 0;
  }
  return attacks;
}

// Without look-ahead the sequencer's answer, meant for the granule before, is taken for the newest one.
bool MdctStage::push(const SubbandSet& subbands, SpectrumSet& out) {
  newest_ = (newest_ + 1) % 3;
  window_[newest_] = subbands;
  const int end = look_ahead_ ? newest_ + 2 : newest_ + 3;
  const SubbandSet& previous = window_[(end - 1) % 3];
  const SubbandSet& current = window_[end % 3];
  const Attacks attack = find_attacks(subbands);
  for (int ch = 0; ch < channels_; ++ch) {
    const BlockType type = sequencer_[ch].next(attack[ch]);
    if (primed_) mdct_.transform(previous[ch], current[ch], type, out[ch]);
  }
  return std::exchange(primed_, true);
}

PsychoStage::Layout::Layout(const BandLayout& layout) : bands(layout) {
  for (int band = 0; band < layout.count; ++band) width[band] = static_cast<float>(layout.width(band));
}

PsychoStage::PsychoStage(const StreamFormat& format, StereoMode mode, const PsychoOptions& options)
    : format_(format),
      mode_(mode),
      compands_(options.compand),
      for_long_(BandLayout::long_bands(format)),
      for_short_(BandLayout::short_bands(format)),
      model_(format, options.quiet_db) {}

void PsychoStage::reset() {
  model_.reset();
  gathered_ = 0;
}

const PsychoStage::Layout& PsychoStage::layout_of(const AnalysedGranule& granule) const {
  return granule.spectrum.type == BlockType::kShort ? for_short_ : for_long_;
}

// Coding a band of `width` lines costs about 1/2 log2(1 + E / T) bits a line.
float PsychoStage::entropy(const Layout& layout, const BandValues& energy, const BandValues& threshold) const {
  alignas(64) BandValues bits;
  simd().band_entropies(layout.width.data(), energy.data(), threshold.data(), bits.data());
  return std::accumulate(bits.begin(), bits.begin() + layout.bands.count, 0.0f);
}

// Entropies of the granule's channels, and of their mid and side: E_m, E_s = (E_l + E_r) / 2 +- sum l r. The transform
// is orthogonal: noise of mid and side reaches left and right in equal parts, so that both must respect the lower of
// the two thresholds.
void PsychoStage::measure(Granule& granule) {
  const auto& [left, right] = granule;
  const Layout& layout = layout_of(left);
  const bool alike = format_.channels == 2 && left.spectrum.type == right.spectrum.type;
  alignas(64) std::array<BandValues, kMaxChannels> energy{};
  alignas(64) BandValues product{};
  if (alike) {
    simd().stereo_energies(layout.bands.edge.data(), layout.bands.count, left.spectrum.line.data(),
                           right.spectrum.line.data(), energy[0].data(), energy[1].data(), product.data());
  } else {
    for (int ch = 0; ch < format_.channels; ++ch) {
      const BandLayout& bands = layout_of(granule[ch]).bands;
      simd().band_energies(bands.edge.data(), bands.count, granule[ch].spectrum.line.data(), energy[ch].data());
    }
  }
  alignas(64) std::array<BandValues, kMaxChannels> threshold;
  for (int ch = 0; ch < format_.channels; ++ch) {
    const Layout& own = layout_of(granule[ch]);
    const auto end = std::copy_n(granule[ch].threshold.begin(), own.bands.count, threshold[ch].begin());
    std::fill(end, threshold[ch].end(), 1.0f);
    granule[ch].entropy = entropy(own, energy[ch], threshold[ch]);
  }
  auto& mid_side = mid_side_entropy_[gathered_];
  mid_side.fill(std::numeric_limits<float>::infinity());
  if (!alike) return;
  for (int band = 0; band < kBandSlots; ++band) {
    const float mean = 0.5f * (energy[0][band] + energy[1][band]);
    threshold[0][band] = std::min(threshold[0][band], threshold[1][band]);
    energy[0][band] = std::max(mean + product[band], 0.0f);
    energy[1][band] = std::max(mean - product[band], 0.0f);
  }
  for (int ch = 0; ch < kMaxChannels; ++ch) mid_side[ch] = entropy(layout, energy[ch], threshold[0]);
}

bool PsychoStage::prefers_mid_side(const AnalysedFrame& frame) const {
  if (format_.channels != 2 || mode_ != StereoMode::kJoint)
    return format_.channels == 2 && mode_ == StereoMode::kMidSide;
  float gain = tuning().left_right_gain * static_cast<float>(format_.granules());
  for (int gr = 0; gr < format_.granules(); ++gr)
    for (int ch = 0; ch < kMaxChannels; ++ch) gain += frame.granule[gr][ch].entropy - mid_side_entropy_[gr][ch];
  return gain > 0.0f;
}

void PsychoStage::make_mid_side(AnalysedFrame& frame) const {
  for (int gr = 0; gr < format_.granules(); ++gr) {
    auto& [left, right] = frame.granule[gr];
    simd().mid_side(kLines, left.spectrum.line.data(), right.spectrum.line.data());
    for (int band = 0; band < kMaxBands; ++band)
      left.threshold[band] = right.threshold[band] = std::min(left.threshold[band], right.threshold[band]);
    left.entropy = mid_side_entropy_[gr][0];
    right.entropy = mid_side_entropy_[gr][1];
  }
}

void PsychoStage::compand_all(AnalysedFrame& frame) const {
  for (int gr = 0; gr < format_.granules(); ++gr)
    for (int ch = 0; ch < format_.channels; ++ch) {
      const AnalysedGranule& granule = frame.granule[gr][ch];
      compand(granule.spectrum.line, layout_of(granule).bands, frame.companded[gr][ch]);
    }
}

bool PsychoStage::push(const SpectrumSet& spectra, AnalysedFrame& out) {
  const auto channels = static_cast<std::size_t>(format_.channels);
  std::array<Masking, kMaxChannels> masking;
  model_.analyse(std::span(spectra).first(channels), masking);
  Granule& granule = out.granule[gathered_];
  for (std::size_t ch = 0; ch < channels; ++ch) {
    granule[ch].spectrum = spectra[ch];
    granule[ch].threshold = masking[ch].threshold;
  }
  measure(granule);
  if (++gathered_ < format_.granules()) return false;
  gathered_ = 0;
  out.mid_side = prefers_mid_side(out);
  if (out.mid_side) make_mid_side(out);
  out.has_companded = compands_;
  if (compands_) compand_all(out);
  return true;
}

}  // namespace sluice::mp3
