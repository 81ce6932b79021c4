// From wanted quantiser steps to global gain, scalefactors and their coding. ISO/IEC 11172-3 2.4.2.7, 2.4.3.4.7;
// ISO/IEC 13818-3 2.4.3.2.
// A step index is the exponent of the requantiser: a band's quantiser step is 2^((index - 210) / 4), so that
// global_gain counts 1, a scalefactor 2 or 4 downwards and a subblock_gain 8 downwards.
#pragma once

#include <span>

#include "nodes/mp3/kernels/bands.h"
#include "nodes/mp3/kernels/quantized.h"

namespace sluice::mp3 {

// Value of a band whose lines are all zero: it accepts any step.
inline constexpr float kAnyStep = -1000.0f;

// At 24 kHz half the decoders in use put long edge 18 at line 330, not 332: bands 17 and 18 share their scalefactor
// there and no Huffman region starts at it, so that both kinds decode the same.
int disputed_edge(const StreamFormat& format);  // edge index, or -1

// What a band asks for.
struct BandStep {
  float index = kAnyStep;  // wanted
  int finest = 0;          // the smallest whose codes are large enough for the band's lines
};

// Chooses global_gain, scalefac_scale, preflag, subblock_gain and scalefac of `granule` (whose block_type is set) so
// that the bands' steps come near `wanted` at least cost and none is below its finest, and writes the step indices
// obtained to `obtained`. wanted.size() == obtained.size() == layout.count. Real-time safe.
void choose_scalefactors(const StreamFormat& format, const BandLayout& layout, std::span<const BandStep> wanted,
                         QuantizedGranule& granule, std::span<int> obtained);

// Sets scalefac_compress and part2_length for the scalefactors that `granule` transmits: all but those of the band
// groups in granule.scfsi.
void code_scalefactors(const StreamFormat& format, QuantizedGranule& granule);

// Widths in bits of one granule's scalefactors: runs of `bands` bands with `bits` each, in stream order.
struct ScalefactorRun {
  int bands;
  int bits;
};
std::array<ScalefactorRun, 4> scalefactor_runs(const StreamFormat& format, const QuantizedGranule& granule);

// scfsi band groups: group i spans bands kScfsiEdge[i] .. kScfsiEdge[i + 1]. 2.4.2.7.
inline constexpr std::array<int, 5> kScfsiEdge = {0, 6, 11, 16, 21};

// MPEG-1: lets granule 1 repeat those of granule 0's scalefactors that are equal, where that saves bits.
void share_scalefactors(const StreamFormat& format, const QuantizedGranule& first, QuantizedGranule& second);

}  // namespace sluice::mp3
