#include "nodes/dsp/kernels/clock_loop.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sluice::dsp {
namespace {

// Critically damped. Wide at first, to get there, then as narrow as crystals allow: their drift changes over minutes,
// and a narrow loop does not follow the jitter of wake-ups. At 0.02 Hz a step of 200 ppm moves the wait by 0.6 ms.
constexpr double kDamping = 1;
constexpr double kFirstHz = 0.1, kLastHz = 0.02;
constexpr double kNarrowing = 5;   // s
constexpr double kSmoothing = 12;  // two poles of the readings' low-pass, in bandwidths: jitter must not become vibrato
constexpr double kAgreement = 0.1;  // s
constexpr std::size_t kQuorum = 8;  // readings, at least: bursts of a server's timer come in twos and threes
constexpr double kRenewal = 1;      // s

double radians(double hz) {
  return 2 * std::numbers::pi * hz;
}

}  // namespace

double ClockLoop::bandwidth() const noexcept {
  return radians(kLastHz + (kFirstHz - kLastHz) * std::exp(-since_jump_s_ / kNarrowing));
}

void ClockLoop::read(double wait_s, double dt_s) noexcept {
  const double error = wait_s - target_s_;
  agree(error, dt_s);
  since_jump_s_ += dt_s;
  const double w = bandwidth();
  const double g = 1 - std::exp(-kSmoothing * w * dt_s);
  smoothed_ += g * (std::clamp(error, -limit_s_, limit_s_) - smoothed_);
  error_ += g * (smoothed_ - error_);
  const double wanted = -(2 * kDamping * w * error_ + drift_);
  correction_ = std::clamp(wanted, -kMostCorrection, kMostCorrection);
  if (correction_ == wanted) drift_ = std::clamp(drift_ + w * w * error_ * dt_s, -kMostDrift, kMostDrift);
}

void ClockLoop::agree(double error_s, double dt_s) noexcept {
  jump_.reset();
  least_ = std::min(least_, error_s);
  most_ = std::max(most_, error_s);
  span_s_ += dt_s;
  if (++readings_ < kQuorum || span_s_ < kAgreement) return;
  if (least_ > limit_s_) jump_ = least_;
  if (most_ < -limit_s_) jump_ = most_;
  least_ = std::numeric_limits<double>::infinity();
  most_ = -least_;
  span_s_ = 0;
  readings_ = 0;
}

void ClockLoop::jumped() noexcept {
  const double drift = drift_;
  *this = ClockLoop(target_s_, limit_s_);
  drift_ = drift;
  correction_ = -drift;
}

void UsualAge::observe(double now_s, double age_s) noexcept {
  if (least_now_ == std::numeric_limits<double>::infinity()) begin_s_ = now_s;
  if (now_s - begin_s_ >= kRenewal) {
    least_before_ = least_now_;
    least_now_ = age_s;
    begin_s_ = now_s;
  }
  least_now_ = std::min(least_now_, age_s);
}

}  // namespace sluice::dsp
