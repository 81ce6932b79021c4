// The shape of an RDS bit (IEC 62106, 1.6): a pair of opposite impulses half a bit apart, through the filter
//   H(f) = cos(pi f td / 4) for |f| <= 2 / td, shared with the receiver (both have it), td = 1 / 1187.5 s
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace sluice::sdr {

class RdsPulse {
 public:
  static constexpr int kReach = 2;  // bits before and after its middle; beyond it is below 1 %

  RdsPulse() : table_(static_cast<std::size_t>(2 * kReach * kSteps) + 2) {
    for (std::size_t n = 0; n < table_.size(); ++n) {
      const double t = static_cast<double>(n) / kSteps - kReach;
      table_[n] = static_cast<float>(impulse(t) - impulse(t - 0.5));
    }
    float peak = 0;
    for (const float x : table_) peak = std::max(peak, std::abs(x));
    for (float& x : table_) x /= peak;
  }

  // At `t` bits after the bit's beginning; peak 1. Realtime-safe.
  float at(double t) const noexcept {
    const double place = (t + kReach) * kSteps;
    if (place < 0 || place >= static_cast<double>(table_.size() - 1)) return 0;
    const auto n = static_cast<std::size_t>(place);
    return table_[n] + (table_[n + 1] - table_[n]) * static_cast<float>(place - static_cast<double>(n));
  }

 private:
  static constexpr int kSteps = 512;  // a bit

  // Inverse transform of H with td = 1, by the trapezoidal rule.
  static double impulse(double t) noexcept {
    constexpr int kPoints = 400;
    constexpr double kPi = std::numbers::pi, kStep = 2.0 / kPoints;
    double sum = 0;
    for (int n = 0; n <= kPoints; ++n) {
      const double f = n * kStep;
      sum += (n == 0 || n == kPoints ? 0.5 : 1.0) * std::cos(kPi * f / 4) * std::cos(2 * kPi * f * t);
    }
    return 2 * kStep * sum;
  }

  std::vector<float> table_;
};

}  // namespace sluice::sdr
