// Logarithm and power for perceptual quantities, where a hundredth of a dB is plenty; lane by lane.
#pragma once

#include "nodes/mp3/kernels/simd/lanes.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {

// log2 of a positive normal float: the exponent plus a least-squares polynomial on the mantissa.
// |error| < 3e-5, that is 0.0001 dB (swept in ear_grid_test.cpp).
inline Floats log2(Floats x) {
  const Ints bits = reinterpret_cast<Ints>(x);
  const Floats exponent = to_floats((bits >> 23) - 127);
  const Floats m = reinterpret_cast<Floats>((bits & 0x007fffff) | 0x3f800000) - 1.0f;
  return exponent + m * (1.44183587f + m * (-0.70837215f + m * (0.41355505f + m * (-0.19126252f + m * 0.04424374f))));
}

// 2^x for |x| < 126. Relative error < 1e-6.
inline Floats exp2(Floats x) {
  const Ints truncated = to_ints(x);
  const Ints below = truncated + (to_floats(truncated) > x);  // a true comparison is -1
  const Floats f = x - to_floats(below);
  const Floats mantissa =
      1.0f + f * (0.69315297f + f * (0.24014756f + f * (0.05585335f + f * (0.00895056f + f * 0.00189556f))));
  return reinterpret_cast<Floats>(reinterpret_cast<Ints>(mantissa) + (below << 23));
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
