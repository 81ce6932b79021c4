// The shape of an RDS bit (IEC 62106, 1.6): a pair of opposite impulses half a bit apart, through the filter
//   H(f) = cos(pi f td / 4) for |f| <= 2 / td, shared with the receiver (both have it), td = 1 / 1187.5 s
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

namespace sluice::sdr {

class RdsPulse {
 public:
  static constexpr int kReach = 2;  // bits before a bit's beginning and after its end; beyond it is below 1 %
  using Bits = std::array<float, 2 * kReach + 1>;

  RdsPulse() : table_(static_cast<std::size_t>((2 * kReach + 1) * kSteps) + 1) {
    for (std::size_t n = 0; n < table_.size(); ++n) {
      const double t = static_cast<double>(n) / kSteps - kReach;
      table_[n] = static_cast<float>(impulse(t) - impulse(t - 0.5));
    }
    float peak = 0;
    for (const float x : table_) peak = std::max(peak, std::abs(x));
    for (float& x : table_) x /= peak;
  }

  // At `t` bits after the bit's beginning, -kReach..kReach; peak 1. Realtime-safe.
  float at(double t) const noexcept {
    const double place = (t + kReach) * kSteps;
    const auto n = static_cast<std::size_t>(place);
    return between(n, static_cast<float>(place - static_cast<double>(n)));
  }
  // Of overlapping pulses, the bits that begin kReach before to kReach after the one at hand, `within` that, 0..1.
  // Realtime-safe.
  float sum(const Bits& bits, double within) const noexcept {
    const double place = within * kSteps;
    auto n = static_cast<std::size_t>(place);
    const float share = static_cast<float>(place - static_cast<double>(n));
    float total = 0;
    for (auto bit = bits.rbegin(); bit != bits.rend(); ++bit, n += kSteps) total += *bit * between(n, share);
    return total;
  }

 private:
  static constexpr int kSteps = 512;  // a bit

  // Inverse transform of H with td = 1: 8 cos(4 pi t) / (pi (1 - 64 t^2)), and 2 where that is 0 / 0.
  static double impulse(double t) noexcept {
    constexpr double kPi = std::numbers::pi;
    const double below = 1 - 64 * t * t;
    return std::abs(below) < 1e-9 ? 2 : 8 * std::cos(4 * kPi * t) / (kPi * below);
  }
  float between(std::size_t n, float share) const noexcept { return table_[n] + (table_[n + 1] - table_[n]) * share; }

  std::vector<float> table_;
};

}  // namespace sluice::sdr
