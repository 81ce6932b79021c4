// The rate 1/2 convolutional code of constraint length 7 (CCSDS 131.0-B, 3.3; generators 171 and 133 octal) and its
// maximum-likelihood decoder from soft bits (Viterbi 1967), eight states to a vector.
// The encoder begins at state 0 and ends there, by six tail bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::sdr {

// A soft bit: 0 is a sure 0, 255 a sure 1, 128 (and 127) says nothing.
using SoftBit = std::uint8_t;
inline constexpr SoftBit kErasure = 128;

inline constexpr std::size_t kConvTailBits = 6;
constexpr std::size_t conv_coded_bits(std::size_t bytes) {
  return 2 * (8 * bytes + kConvTailBits);
}

// `bits` gets conv_coded_bits(bytes.size()) values of 0 or 1. Realtime-safe.
void conv_encode(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> bits) noexcept;

// One thread at a time; decode() is realtime-safe.
class ViterbiDecoder {
 public:
  explicit ViterbiDecoder(std::size_t max_bytes);

  // `soft`: conv_coded_bits(bytes.size()) soft bits; bytes.size() <= max_bytes.
  void decode(std::span<const SoftBit> soft, std::span<std::uint8_t> bytes) noexcept;

 private:
  static constexpr std::size_t kLanes = 8;
  using Lanes [[gnu::vector_size(16)]] = std::int16_t;
  using Decisions = std::array<std::int16_t, kLanes>;  // of 64 states: lane (s / 2) % 8, bit 2 (s / 16) + s % 2

  std::vector<Decisions> decisions_;  // per step
};

}  // namespace sluice::sdr
