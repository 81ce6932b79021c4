// The order of a radio frame's bits on the air: neighbours of the code go far apart in time and frequency, and runs of
// equal bits are broken up by a pseudo-random sequence, whatever the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nodes/sdr/kernels/viterbi.h"

namespace sluice::sdr {

// Bit i goes to place (i * stride) mod n, with the stride next to n / golden ratio that has no factor in common with n:
// the three-distance theorem keeps any run of neighbours nearly evenly spread. n >= 1. Realtime-safe.
std::size_t golden_stride(std::size_t n) noexcept;

// One thread at a time; realtime-safe but for the constructor.
class FrameOrder {
 public:
  explicit FrameOrder(std::size_t max_bits);

  // bits (0 or 1, a multiple of 8 of them) -> bytes on the air, most significant bit first.
  void scatter(std::span<const std::uint8_t> bits, std::span<std::uint8_t> air) const noexcept;
  // Soft bits as received -> in the order of the code.
  void gather(std::span<const SoftBit> air, std::span<SoftBit> bits) const noexcept;

 private:
  std::vector<std::uint8_t> whitening_;  // 0 or 1
};

}  // namespace sluice::sdr
