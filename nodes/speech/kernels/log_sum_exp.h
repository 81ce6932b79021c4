// From scores to logarithms of probabilities: log p[n] = x[n] - log_sum_exp(x).
#pragma once

#include <algorithm>
#include <cmath>
#include <span>

namespace sluice::speech {

// log(sum(exp(x))), by the largest so that nothing overflows. One value at least.
inline float log_sum_exp(std::span<const float> x) {
  const float largest = std::ranges::max(x);
  float sum = 0;
  for (const float value : x) sum += std::exp(value - largest);
  return largest + std::log(sum);
}

}  // namespace sluice::speech
