// The encoder's front half as stages over granules: subbands to spectra with block switching, and spectra to analysed
// frames with thresholds and the choice between left/right and mid/side.
#pragma once

#include <array>
#include <span>

#include "nodes/mp3/kernels/block_switch.h"
#include "nodes/mp3/kernels/psychoacoustics.h"

namespace sluice::mp3 {

// All channels of one granule.
using SubbandSet = std::array<SubbandGranule, kMaxChannels>;
using SpectrumSet = std::array<Spectrum, kMaxChannels>;

// MDCT with block switching and one granule of look-ahead. Not thread-safe; real-time safe after construction.
class MdctStage {
 public:
  // `joint`: the channels should switch together where they can, for mid/side coding.
  MdctStage(const StreamFormat& format, bool joint);

  // Takes the next granule; returns false for the first one, which only fills the look-ahead.
  bool push(const SubbandSet& subbands, SpectrumSet& out);
  void reset();

 private:
  using Attacks = std::array<std::optional<int>, kMaxChannels>;  // slot of an attack in the newest granule
  Attacks find_attacks(const SubbandSet& subbands);

  int channels_;
  bool joint_;
  HybridMdct mdct_;
  std::array<AttackDetector, kMaxChannels> detector_;
  std::array<BlockTypeSequencer, kMaxChannels> sequencer_;
  std::array<SubbandSet, 3> window_{};  // the last three granules, a ring
  int newest_ = 0;
  bool primed_ = false;
};

// One granule of one coded channel: left, right, mid or side.
struct AnalysedGranule {
  Spectrum spectrum;
  std::array<float, kMaxBands> threshold;  // noise energy allowed per band, units of X^2
  float entropy;                           // bits to code it at that noise, about
};

struct AnalysedFrame {
  std::array<std::array<AnalysedGranule, kMaxChannels>, kMaxGranules> granule;  // [granule][channel]
  bool mid_side;
};

enum class StereoMode : std::uint8_t { kStereo, kJoint };  // joint: mid/side where it saves bits

// Gathers the granules of a frame, attaches thresholds, decides mid/side. Not thread-safe; real-time safe.
class PsychoStage {
 public:
  PsychoStage(const StreamFormat& format, StereoMode mode);

  // Takes the next granule's spectra; true when `out` holds a complete frame.
  bool push(const SpectrumSet& spectra, AnalysedFrame& out);
  // Drops the granules gathered of an unfinished frame.
  void restart_frame() { gathered_ = 0; }
  void reset();

 private:
  void measure(AnalysedGranule& granule) const;
  void decide_stereo(AnalysedFrame& frame) const;
  void make_mid_side(const AnalysedGranule& left, const AnalysedGranule& right, AnalysedGranule& mid,
                     AnalysedGranule& side) const;

  StreamFormat format_;
  Bands bands_;
  StereoMode mode_;
  std::array<Psychoacoustics, kMaxChannels> model_;
  AnalysedFrame gathering_{};
  int gathered_ = 0;
};

}  // namespace sluice::mp3
