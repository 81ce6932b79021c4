// Approximations for perceptual quantities, where a hundredth of a dB is plenty, and the quantiser's power law.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace sluice::mp3 {

// log2 of a positive normal float: the exponent plus a least-squares polynomial on the mantissa.
// |error| < 3e-5, that is 0.0001 dB (swept in fast_math_test.cpp).
inline float fast_log2(float x) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(x);
  const float exponent = static_cast<float>(static_cast<std::int32_t>(bits >> 23) - 127);
  const float m = std::bit_cast<float>((bits & 0x007fffffu) | 0x3f800000u) - 1.0f;
  return exponent + m * (1.44183587f + m * (-0.70837215f + m * (0.41355505f + m * (-0.19126252f + m * 0.04424374f))));
}

// 2^x for |x| < 126. Relative error < 1e-6 (swept in fast_math_test.cpp).
inline float fast_exp2(float x) {
  const float floor_x = std::floor(x);
  const float f = x - floor_x;
  const float mantissa =
      1.0f + f * (0.69315297f + f * (0.24014756f + f * (0.05585335f + f * (0.00895056f + f * 0.00189556f))));
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(mantissa) +
                              (static_cast<std::uint32_t>(static_cast<std::int32_t>(floor_x)) << 23));
}

// x^p for positive x.
inline float fast_pow(float x, float p) {
  return fast_exp2(p * fast_log2(x));
}

// x^(3/4) of a magnitude, exact to rounding: two square roots vectorise, pow does not.
inline float pow34(float x) {
  return std::sqrt(x * std::sqrt(x));
}

}  // namespace sluice::mp3
