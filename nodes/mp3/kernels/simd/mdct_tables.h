// Constants of the hybrid stage for long blocks in the order in which the kernel reads them; filled in mdct.cpp.
#pragma once

namespace sluice::mp3 {

struct MdctTables {
  float cosine[18][18];  // [k][folded input], scaled by 4 / n
  // Butterflies between line 17 - i of a subband and line i of the next, by the lower subband; the last one has no
  // next, so that its lane leaves everything as it is: cs = 1, ca = 0.
  alignas(64) float cs[8][32];
  alignas(64) float ca[8][32];
};

}  // namespace sluice::mp3
