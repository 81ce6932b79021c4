#include "nodes/mp3/kernels/quantizer.h"

#include <algorithm>
#include <cmath>

#include "nodes/mp3/kernels/fast_math.h"

namespace sluice::mp3 {
namespace {

constexpr int kIndices = kMaxStepIndex - kMinStepIndex + 1;
constexpr int kUnityIndex = 210;  // step 1.0
// Rounding offset of C.1.5.4.4.1: nint(x - 0.0946). For values below 1 it is the exact midpoint of 0 and 1 in x.
constexpr float kRounding = 0.4054f;

struct Tables {
  float step[kIndices];
  float inverse34[kIndices];
  float pow43[kMaxQuantized + 1];

  Tables() {
    for (int i = 0; i < kIndices; ++i) {
      const double exponent = (i + kMinStepIndex - kUnityIndex) / 4.0;
      step[i] = static_cast<float>(std::exp2(exponent));
      inverse34[i] = static_cast<float>(std::exp2(-0.75 * exponent));
    }
    for (int q = 0; q <= kMaxQuantized; ++q) pow43[q] = static_cast<float>(std::pow(q, 4.0 / 3.0));
  }
};

const Tables& tables() {
  static const Tables instance;
  return instance;
}

}  // namespace

float step_size(int index) {
  return tables().step[index - kMinStepIndex];
}

float inverse_step34(int index) {
  return tables().inverse34[index - kMinStepIndex];
}

void quantise(std::span<const float> x34, int index, std::span<std::int16_t> q) {
  const float scale = inverse_step34(index);
  constexpr float kCap = static_cast<float>(kMaxQuantized);
  for (std::size_t i = 0; i < x34.size(); ++i)
    q[i] = static_cast<std::int16_t>(static_cast<std::int32_t>(std::min(x34[i] * scale + kRounding, kCap)));
}

float quantisation_noise(std::span<const float> x, std::span<const std::int16_t> q, int index) {
  const float s = step_size(index);
  const float* const pow43 = tables().pow43;
  float noise = 0.0f;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float error = x[i] - pow43[q[i]] * s;
    noise += error * error;
  }
  return noise;
}

int finest_index(float largest34) {
  if (largest34 <= 0.0f) return kMinStepIndex;
  const float index = kUnityIndex + 16.0f / 3.0f * fast_log2(largest34 / static_cast<float>(kMaxQuantized));
  return std::clamp(static_cast<int>(std::ceil(index)), kMinStepIndex, kMaxStepIndex);
}

float predicted_index(float noise, float sum_sqrt) {
  constexpr float kUniform = 16.0f / 9.0f / 12.0f;
  return kUnityIndex + 4.0f * (2.0f / 3.0f) * fast_log2(noise / (kUniform * sum_sqrt));
}

}  // namespace sluice::mp3
