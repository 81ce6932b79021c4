// A radio frame as a demodulator gives it.
#pragma once

#include <cstdint>
#include <span>

#include "nodes/sdr/kernels/viterbi.h"

namespace sluice::sdr {

struct FrameQuality {
  float snr_db = 0;     // of the symbols, after equalisation
  float evm_db = 0;     // distance to the nearest points, re mean power
  float cfo = 0;        // cycles per sample
  float clock_ppm = 0;  // sender's clock less ours, from the drift over the frame; 0 where that is not told
};

struct SoftFrame {
  std::span<const SoftBit> soft;  // 8 for each byte; valid until the next call
  std::int64_t start = 0;         // first sample, counted from the first one pushed
  std::int64_t samples = 0;
  FrameQuality quality;
};

struct FrameCounts {
  std::uint64_t frames = 0;
  std::uint64_t false_preambles = 0;  // in the signal, but none
  std::uint64_t bad_heads = 0;        // preambles whose head does not pass its check
};

}  // namespace sluice::sdr
