// The power-law quantiser of Layer III. ISO/IEC 11172-3 C.1.5.4.4.1 (quantisation), 2.4.3.4.7 (requantisation).
//   q = floor((|x| / s)^(3/4) + 0.4054),   x' = q^(4/3) s,   s = 2^((index - 210) / 4)
#pragma once

#include <span>

#include "nodes/mp3/kernels/huffman.h"

namespace sluice::mp3 {

// Step indices that occur: global_gain 0..255 less 8 x 7 of subblock_gain and 4 x (15 + 3) of scalefactors.
inline constexpr int kMinStepIndex = -128;
inline constexpr int kMaxStepIndex = 255;

// s^(-3/4) of a step index.
float inverse_step34(int index);

// Quantises magnitudes given as |x|^(3/4); results are capped at kMaxQuantized.
void quantise(std::span<const float> x34, int index, std::span<std::int16_t> q);

// The smallest index at which a band of largest |x|^(3/4) `largest34` stays below kMaxQuantized.
int finest_index(float largest34);

// Step index at which high-resolution noise reaches 2^log2_noise: with uniform error in the companded domain,
//   N = (1/12) (16/9) s^(3/2) sum sqrt|x|.
// `sum_sqrt` is sum |x|^(1/2) > 0.
float predicted_index(float log2_noise, float sum_sqrt);

// Noise grows by 2^(3/8) per index where the formula above holds.
inline constexpr float kLog2NoisePerIndex = 0.375f;

}  // namespace sluice::mp3
