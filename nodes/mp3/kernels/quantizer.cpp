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
  float inverse34[kIndices];

  Tables() {
    for (int i = 0; i < kIndices; ++i) {
      const double exponent = (i + kMinStepIndex - kUnityIndex) / 4.0;
      inverse34[i] = static_cast<float>(std::exp2(-0.75 * exponent));
    }
  }
};

const Tables& tables() {
  static const Tables instance;
  return instance;
}

}  // namespace

float inverse_step34(int index) {
  return tables().inverse34[index - kMinStepIndex];
}

void quantise(std::span<const float> x34, int index, std::span<std::int16_t> q) {
  const float scale = inverse_step34(index);
  constexpr float kCap = static_cast<float>(kMaxQuantized);
  for (std::size_t i = 0; i < x34.size(); ++i)
    q[i] = static_cast<std::int16_t>(static_cast<std::int32_t>(std::min(x34[i] * scale + kRounding, kCap)));
}

int finest_index(float largest34) {
  if (largest34 <= 0.0f) return kMinStepIndex;
  const float index = kUnityIndex + 16.0f / 3.0f * fast_log2(largest34 / static_cast<float>(kMaxQuantized));
  return std::clamp(static_cast<int>(std::ceil(index)), kMinStepIndex, kMaxStepIndex);
}

float predicted_index(float log2_noise, float sum_sqrt) {
  constexpr float kLog2Uniform = -2.7548875f;  // log2(16 / 9 / 12)
  return kUnityIndex + (log2_noise - kLog2Uniform - fast_log2(sum_sqrt)) / kLog2NoisePerIndex;
}

}  // namespace sluice::mp3
