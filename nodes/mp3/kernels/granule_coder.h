// One granule of one channel on its way through the rate loop: wanted noise, steps, quantised lines, bits.
#pragma once

#include "nodes/mp3/kernels/analysis.h"
#include "nodes/mp3/kernels/huffman.h"
#include "nodes/mp3/kernels/quantized.h"
#include "nodes/mp3/kernels/quantizer.h"
#include "nodes/mp3/kernels/scalefactor_choice.h"

namespace sluice::mp3 {

// What the rate loop knows of a band layout before it sees a granule.
struct BandPlan {
  BandPlan(const StreamFormat& format, const BandLayout& bands, bool short_block, int bandwidth_lines);

  BandLayout layout;
  ScalefactorChoice scalefactors;
  std::array<std::int16_t, kMaxBands> kept{};  // lines of each band below the bandwidth
  alignas(
      64) std::array<float, kBandSlots> weight{};  // log2 of the noise allowed relative to the threshold at offset 0
};

// Real-time safe.
class GranuleCoder {
 public:
  // Takes the lines and thresholds of `in`, companded or (null) not yet. All but the thresholds must outlive the
  // coder's use.
  void load(const StreamFormat& format, const BandPlan& plan, const AnalysedGranule& in, const Companded* companded);

  // Codes with the noise of every band `offset` step indices (1.13 dB of noise each) above what its plan allows, or
  // coarser if the granule would not fit kMaxPart23Bits. Returns the bits.
  int encode(float offset, QuantizedGranule& out);

  // Copies the signed lines of the latest encode() to `out`.
  void finish(QuantizedGranule& out) const { lines_.write_signed(out.line); }

  bool silent() const { return silent_; }

 private:
  int encode_steps(float offset, QuantizedGranule& out);
  HuffmanPlan plan_codes() const;

  const StreamFormat* format_ = nullptr;
  const BandPlan* plan_ = nullptr;
  BlockType type_ = BlockType::kNormal;
  bool silent_ = true;
  BandTargets targets_;
  CompandedLines lines_;
};

}  // namespace sluice::mp3
