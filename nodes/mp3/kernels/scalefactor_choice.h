// From wanted quantiser steps to global gain and scalefactors. ISO/IEC 11172-3 2.4.2.7, 2.4.3.4.7.
// A step index is the exponent of the requantiser: a band's quantiser step is 2^((index - 210) / 4), so that
// global_gain counts 1, a scalefactor 2 or 4 downwards and a subblock_gain 8 downwards.
#pragma once

#include <array>
#include <span>

#include "nodes/mp3/kernels/bands.h"
#include "nodes/mp3/kernels/scalefactors.h"
#include "nodes/mp3/kernels/simd/rate_tables.h"

namespace sluice::mp3 {

// Scalefactors of one layout of one stream. Real-time safe after construction.
class ScalefactorChoice {
 public:
  ScalefactorChoice(const StreamFormat& format, const BandLayout& layout, bool short_block);

  // Chooses global_gain, scalefac_scale, preflag, subblock_gain and scalefac of `granule` (whose block_type is set),
  // and how they are coded, so that the bands' steps come near the wanted ones at least cost and none is below its
  // finest. `wanted.lowered`, of zeros, is left to it. Writes the step indices obtained by the layout's bands, whole
  // numbers.
  void choose(ScalefactorWishes& wanted, QuantizedGranule& granule, std::span<float, kBandSlots> obtained) const;

 private:
  struct Candidate;
  struct Search;

  void share_disputed(ScalefactorWishes& wanted) const;

  StreamFormat format_;
  BandLayout layout_;
  bool short_;
  ScalefactorLimits limits_{};
};

}  // namespace sluice::mp3
