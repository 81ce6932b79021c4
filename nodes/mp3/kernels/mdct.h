// Hybrid stage: a windowed MDCT of each subband over two granules, with alias reduction.
// ISO/IEC 11172-3 2.4.3.4.10 (windows), C.1.5.3.3 (MDCT), Table B.9 (alias reduction).
//   X[k] = s sum_i z[i] cos(pi / (2 n) (2 i + 1 + n / 2)(2 k + 1)),  n = 36 or 12,  s = 4 / n
// The scale makes the standard's decoder give back the input: a full-scale sine has sum X^2 = 1 in a long block and in
// each window of a short block. Delay of this stage and its inverse: 576 samples.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "nodes/mp3/kernels/filterbank.h"

namespace sluice::mp3 {

enum class BlockType : std::uint8_t { kNormal = 0, kStart = 1, kShort = 2, kStop = 3 };  // block_type, 2.4.2.7

// One granule of one channel. Long types: lines ascending in frequency. Short type: in the order of the bit stream,
// that is by scalefactor band, then window, then line within the band (2.4.3.4.8).
struct Spectrum {
  alignas(64) std::array<float, kLines> line;
  BlockType type;
};

// Stateless but for its tables; one instance serves any number of channels. Real-time safe after construction.
class HybridMdct {
 public:
  explicit HybridMdct(const StreamFormat& format);

  // `previous` and `current`: the two granules under the 36-sample window.
  void transform(const SubbandGranule& previous, const SubbandGranule& current, BlockType type, Spectrum& out) const;

 private:
  // [6 window + k][subband] coefficients, before they are put in stream order.
  using Coefficients = std::array<std::array<float, kSubbands>, kSlots>;
  void transform_short(const SubbandGranule& previous, const SubbandGranule& current, Coefficients& x) const;

  std::array<std::int16_t, kLines> short_position_;  // of [window][line] flattened as 192 * window + line
};

}  // namespace sluice::mp3
