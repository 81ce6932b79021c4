// The encoder's front half as stages over granules: subbands to spectra with block switching, and spectra to analysed
// frames with thresholds and the choice between left/right and mid/side.
#pragma once

#include <array>
#include <span>

#include "nodes/mp3/kernels/block_switch.h"
#include "nodes/mp3/kernels/psychoacoustics.h"
#include "nodes/mp3/kernels/quantizer.h"

namespace sluice::mp3 {

// All channels of one granule.
using SubbandSet = std::array<SubbandGranule, kMaxChannels>;
using SpectrumSet = std::array<Spectrum, kMaxChannels>;

// joint: mid/side where it saves bits; mid-side: always.
enum class StereoMode : std::uint8_t { kStereo, kJoint, kMidSide };

// MDCT with block switching. With a granule of look-ahead a start block comes before the attack; without it the attack
// itself falls into the start block, whose window fades it out. Not thread-safe; real-time safe after construction.
class MdctStage {
 public:
  MdctStage(const StreamFormat& format, StereoMode mode, bool look_ahead);

  // Takes the next granule; returns false for the first one if it only fills the look-ahead.
  bool push(const SubbandSet& subbands, SpectrumSet& out);
  void reset();

 private:
  using Attacks = std::array<std::optional<int>, kMaxChannels>;  // slot of an attack in the newest granule
  Attacks find_attacks(const SubbandSet& subbands);

  int channels_;
  StereoMode mode_;
  bool look_ahead_;
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
  bool has_companded;  // else every back end makes them for itself
  std::array<std::array<Companded, kMaxChannels>, kMaxGranules> companded;
};

struct PsychoOptions {
  double quiet_db = 0.0;  // by which the threshold in quiet is raised
  bool compand = false;   // does what several bitrates have in common, once
};

// Gathers the granules of a frame, attaches thresholds, decides mid/side. Not thread-safe; real-time safe.
class PsychoStage {
 public:
  PsychoStage(const StreamFormat& format, StereoMode mode, const PsychoOptions& options = {});

  // Puts the next granule's spectra into `out`; true when it holds a complete frame. Until then it must be the same.
  bool push(const SpectrumSet& spectra, AnalysedFrame& out);
  // Drops the granules gathered of an unfinished frame.
  void restart_frame() { gathered_ = 0; }
  void reset();

 private:
  using Granule = std::array<AnalysedGranule, kMaxChannels>;
  // By band; entries beyond the layout's bands cost nothing.
  using BandValues = std::array<float, kBandSlots>;
  struct Layout {
    explicit Layout(const BandLayout& layout);
    BandLayout bands;
    alignas(64) BandValues width{};
  };

  const Layout& layout_of(const AnalysedGranule& granule) const;
  void measure(Granule& granule);
  float entropy(const Layout& layout, const BandValues& energy, const BandValues& threshold) const;
  bool prefers_mid_side(const AnalysedFrame& frame) const;
  void make_mid_side(AnalysedFrame& frame) const;
  void compand_all(AnalysedFrame& frame) const;

  StreamFormat format_;
  StereoMode mode_;
  bool compands_;
  Layout for_long_;
  Layout for_short_;
  Psychoacoustics model_;
  // Entropies of the gathered granules as mid and side; infinite where the channels' block types differ.
  std::array<std::array<float, kMaxChannels>, kMaxGranules> mid_side_entropy_{};
  int gathered_ = 0;
};

}  // namespace sluice::mp3
