#include "nodes/sdr/kernels/frame_order.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace sluice::sdr {

std::size_t golden_stride(std::size_t n) noexcept {
  constexpr double kGolden = 0.6180339887498949;
  if (n < 3) return 1;
  std::size_t stride = static_cast<std::size_t>(kGolden * static_cast<double>(n));
  while (std::gcd(stride, n) != 1) --stride;
  return stride;
}

// x^15 + x^14 + 1 from 100101010000000, the energy dispersal of EN 300 744, 4.3.1.
FrameOrder::FrameOrder(std::size_t max_bits) : whitening_(max_bits) {
  unsigned state = 0b100101010000000;
  for (std::uint8_t& bit : whitening_) {
    bit = static_cast<std::uint8_t>((state ^ state >> 1) & 1);
    state = state >> 1 | static_cast<unsigned>(bit) << 14;
  }
}

void FrameOrder::scatter(std::span<const std::uint8_t> bits, std::span<std::uint8_t> air) const noexcept {
  assert(bits.size() == 8 * air.size() && bits.size() <= whitening_.size());
  std::ranges::fill(air, std::uint8_t{0});
  const std::size_t stride = golden_stride(bits.size());
  std::size_t place = 0;
  for (const std::uint8_t bit : bits) {
    air[place / 8] |= static_cast<std::uint8_t>((bit ^ whitening_[place]) << (7 - place % 8));
    place += stride;
    if (place >= bits.size()) place -= bits.size();
  }
}

void FrameOrder::gather(std::span<const SoftBit> air, std::span<SoftBit> bits) const noexcept {
  assert(bits.size() == air.size() && bits.size() <= whitening_.size());
  const std::size_t stride = golden_stride(air.size());
  std::size_t place = 0;
  for (SoftBit& bit : bits) {
    bit = static_cast<SoftBit>(air[place] ^ (0u - whitening_[place]));  // a 1 turns s into 255 - s
    place += stride;
    if (place >= air.size()) place -= air.size();
  }
}

}  // namespace sluice::sdr
