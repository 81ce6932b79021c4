// How scalefactors are coded: their widths in bits and what granules share. ISO/IEC 11172-3 2.4.2.7; ISO/IEC 13818-3
// 2.4.3.2.
#pragma once

#include <span>

#include "nodes/mp3/kernels/bands.h"
#include "nodes/mp3/kernels/quantized.h"

namespace sluice::mp3 {

// At 24 kHz half the decoders in use put long edge 18 at line 330, not 332: bands 17 and 18 share their scalefactor
// there and no Huffman region starts at it, so that both kinds decode the same.
int disputed_edge(const StreamFormat& format);  // edge index, or -1

// Widths of scalefactors.
struct Slen {
  std::uint16_t compress;  // scalefac_compress
  std::uint16_t bits;      // of all scalefactors of the granule
};
// The cheapest for scalefactors up to `largest_lower` (0..15) in the bands of slen1 and `largest_upper` (0..7) in those
// of slen2, of a granule that repeats none.
Slen mpeg1_slen(bool short_block, int largest_lower, int largest_upper);

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
