// A channel of few taps, estimated from all carriers at once: least squares on the taps, with a little ridge that keeps
// the unused carriers at the band's edges from blowing up (Edfors et al., "OFDM channel estimation by singular value
// decomposition", IEEE Trans. Comm. 46, 1998).
//   H = F (F* F + e I)^-1 F* H_raw,   F[k][t] = exp(-j 2 pi k t / M)
// Noise of the estimate falls by about carriers / taps.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nodes/sdr/kernels/complex_math.h"

namespace sluice::sdr {

class ChannelSmoother {
 public:
  // carriers: the frequencies (bins, signed) that are known; taps from `first_tap` (samples, may be negative) on.
  // Allocates; O(taps^3).
  ChannelSmoother(std::span<const int> carriers, std::size_t transform, int first_tap, std::size_t taps);

  // raw, smooth: one value a carrier. Realtime-safe; one thread at a time.
  void apply(std::span<const Sample> raw, std::span<Sample> smooth) const noexcept;

 private:
  std::size_t size_ = 0;
  std::vector<Sample> matrix_;  // [carrier][carrier]
};

}  // namespace sluice::sdr
