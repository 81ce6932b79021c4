#include "nodes/mp3/kernels/analysis.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "nodes/mp3/kernels/tuning.h"

namespace sluice::mp3 {

MdctStage::MdctStage(const StreamFormat& format, bool joint)
    : channels_(format.channels), joint_(joint), mdct_(format) {}

void MdctStage::reset() {
  for (auto& detector : detector_) detector.reset();
  for (auto& sequencer : sequencer_) sequencer.reset();
  window_ = {};
  primed_ = false;
}

// Mid/side coding needs the same block type in both channels: what is an attack in one is believed sooner in the other.
MdctStage::Attacks MdctStage::find_attacks(const SubbandSet& subbands) {
  constexpr float kSooner = 1.0f / 3.0f;
  std::array<AttackDetector::Rise, kMaxChannels> rise;
  bool any = false;
  for (int ch = 0; ch < channels_; ++ch) {
    rise[ch] = detector_[ch].detect(subbands[ch]);
    any = any || rise[ch].ratio > tuning().attack_ratio;
  }
  Attacks attacks;
  const float enough = tuning().attack_ratio * (any && joint_ ? kSooner : 1.0f);
  for (int ch = 0; ch < channels_; ++ch)
    if (rise[ch].ratio > enough) attacks[ch] = rise[ch].slot;
  return attacks;
}

bool MdctStage::push(const SubbandSet& subbands, SpectrumSet& out) {
  newest_ = (newest_ + 1) % 3;
  window_[newest_] = subbands;
  const SubbandSet& previous = window_[(newest_ + 1) % 3];
  const SubbandSet& current = window_[(newest_ + 2) % 3];
  const Attacks attack = find_attacks(subbands);
  for (int ch = 0; ch < channels_; ++ch) {
    const BlockType type = sequencer_[ch].next(attack[ch]);
    if (primed_) mdct_.transform(previous[ch], current[ch], type, out[ch]);
  }
  return std::exchange(primed_, true);
}

PsychoStage::PsychoStage(const StreamFormat& format, StereoMode mode)
    : format_(format), bands_(format), mode_(mode), model_{Psychoacoustics(format), Psychoacoustics(format)} {}

void PsychoStage::reset() {
  for (auto& model : model_) model.reset();
  gathered_ = 0;
}

void PsychoStage::measure(AnalysedGranule& granule) const {
  const BandLayout& layout = bands_.of(granule.spectrum.type);
  granule.entropy = 0.0f;
  for (int band = 0; band < layout.count; ++band) {
    float energy = 0.0f;
    for (int i = layout.edge[band]; i < layout.edge[band + 1]; ++i)
      energy += granule.spectrum.line[i] * granule.spectrum.line[i];
    granule.entropy += band_entropy(energy, granule.threshold[band], layout.width(band));
  }
}

// The transform is orthogonal: noise of mid and side reaches left and right in equal parts, so that both must respect
// the lower of the two thresholds.
void PsychoStage::make_mid_side(const AnalysedGranule& left, const AnalysedGranule& right, AnalysedGranule& mid,
                                AnalysedGranule& side) const {
  constexpr float kHalf = std::numbers::sqrt2_v<float> / 2.0f;
  for (int i = 0; i < kLines; ++i) {
    mid.spectrum.line[i] = kHalf * (left.spectrum.line[i] + right.spectrum.line[i]);
    side.spectrum.line[i] = kHalf * (left.spectrum.line[i] - right.spectrum.line[i]);
  }
  mid.spectrum.type = side.spectrum.type = left.spectrum.type;
  for (int band = 0; band < kMaxBands; ++band)
    mid.threshold[band] = side.threshold[band] = std::min(left.threshold[band], right.threshold[band]);
  measure(mid);
  measure(side);
}

void PsychoStage::decide_stereo(AnalysedFrame& frame) const {
  frame.mid_side = false;
  if (format_.channels != 2 || mode_ != StereoMode::kJoint) return;
  std::array<std::array<AnalysedGranule, kMaxChannels>, kMaxGranules> mid_side;
  float gain = 0.0f;
  for (int gr = 0; gr < format_.granules(); ++gr) {
    const auto& [left, right] = frame.granule[gr];
    if (left.spectrum.type != right.spectrum.type) return;
    make_mid_side(left, right, mid_side[gr][0], mid_side[gr][1]);
    gain += left.entropy + right.entropy - mid_side[gr][0].entropy - mid_side[gr][1].entropy;
  }
  if (gain <= -tuning().left_right_gain * static_cast<float>(format_.granules())) return;
  frame.mid_side = true;
  frame.granule = mid_side;
}

bool PsychoStage::push(const SpectrumSet& spectra, AnalysedFrame& out) {
  for (int ch = 0; ch < format_.channels; ++ch) {
    AnalysedGranule& granule = gathering_.granule[gathered_][ch];
    granule.spectrum = spectra[ch];
    granule.threshold = model_[ch].analyse(spectra[ch]).threshold;
    measure(granule);
  }
  if (++gathered_ < format_.granules()) return false;
  gathered_ = 0;
  out = gathering_;
  decide_stereo(out);
  return true;
}

}  // namespace sluice::mp3
