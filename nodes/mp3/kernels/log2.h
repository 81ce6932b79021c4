// A logarithm whose result does not depend on the processor: the C library's may use fused multiply-adds where it finds
// them.
#pragma once

#include <bit>
#include <cstdint>

namespace sluice::mp3 {

// log2 of a positive normal number, to 1e-5: exponent, and the series of ln((1 + t) / (1 - t)) for the mantissa,
// which is taken to 0.7 .. 1.41.
inline float log2_of(float x) {
  constexpr std::uint32_t kRootHalf = 0x3f3504f3;  // sqrt(1/2)
  constexpr float kTwoOverLn2 = 2.88539008f;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const auto exponent = static_cast<std::int32_t>(bits - kRootHalf) >> 23;
  const auto mantissa = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(exponent) << 23));
  const float t = (mantissa - 1.0f) / (mantissa + 1.0f);
  const float t2 = t * t;
  return static_cast<float>(exponent) + kTwoOverLn2 * t * (1.0f + t2 * (1.0f / 3.0f + t2 * 0.2f));
}

}  // namespace sluice::mp3
