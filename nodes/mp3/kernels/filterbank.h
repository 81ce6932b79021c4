// Analysis polyphase filterbank: 32 equal subbands, critically sampled. ISO/IEC 11172-3 C.1.3.
//   z[i] = C[i] x[i],  y[k] = sum_j z[k + 64 j],  s[i] = sum_k cos((2 i + 1)(k - 16) pi / 64) y[k]
// Delay of analysis and synthesis together: 481 samples.
#pragma once

#include <array>
#include <span>

#include "nodes/mp3/kernels/simd/polyphase_tables.h"
#include "nodes/mp3/kernels/stream_format.h"

namespace sluice::mp3 {

// The subband samples of one granule of one channel, [slot][subband]; full scale +-1.
using SubbandGranule = std::array<std::array<float, kSubbands>, kSlots>;

// One channel. Not thread-safe; real-time safe after construction.
class Polyphase {
 public:
  Polyphase();

  // 576 samples, full scale +-1, become 18 slots. NaN counts as 0, magnitudes are clamped to kMaxSample.
  void analyse(std::span<const float, kLines> samples, SubbandGranule& out);
  // Forgets the past: as if silence had come before.
  void reset();

 private:
  static constexpr int kWindow = kPolyphaseHistory + kLines;
  static constexpr int kBefore = 16;  // read with weight 0, and aligns the rest

  alignas(64) std::array<float, kBefore + kWindow> oldest_first_{};
  alignas(64) std::array<float, kWindow> newest_first_{};
};

}  // namespace sluice::mp3
