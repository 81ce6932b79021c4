// The control law of a clock bridge: holds the time that samples wait between two clocks at its target, by resampling a
// little faster or slower. A delay-locked loop of second order, as in
//   F. Adriaensen, "Using a DLL to filter time", Linux Audio Conference 2005, and its bridges zita-a2j and zita-j2a:
//   d(wait)/dt = drift + c,   c = -(2 zeta w e + w^2 integral of e),   e = wait - target, smoothed,
// so that a constant drift leaves no error: the integral becomes -drift. Pure: it knows no clock and no samples.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>

namespace sluice::dsp {

class ClockLoop {
 public:
  // Most that the rate is bent, 0.5 %: 9 cents. A steady tone shows it, speech and music do not; zita-ajbridge allows 5
  // %.
  static constexpr double kMostCorrection = 5e-3;
  // Most drift that is believed: two crystals of +-100 ppm, and as much again for a server's software clock.
  static constexpr double kMostDrift = 4e-4;

  // `target_s`: the wait to be held. `limit_s`: beyond it, bending the rate takes too long and the stream has to jump.
  ClockLoop(double target_s, double limit_s) : target_s_(target_s), limit_s_(limit_s) {}

  // A sample that left has waited `wait_s`; `dt_s` since the reading before.
  void read(double wait_s, double dt_s) noexcept;
  // Output frames per input frame, less 1; within +-kMostCorrection.
  double correction() const noexcept { return correction_; }
  double target_s() const noexcept { return target_s_; }
  double limit_s() const noexcept { return limit_s_; }
  // The wait, smoothed. [s]
  double wait_s() const noexcept { return target_s_ + error_; }

  // When every reading of the last tenth of a second lies beyond the limit on one side: how far the nearest is from the
  // target. Positive: samples are too many and have to go; negative: silence is missing. One late reading does not
  // tell.
  std::optional<double> jump() const noexcept { return jump_; }
  // The stream has jumped, and waits for the target: the error is forgotten, the drift is not.
  void jumped() noexcept;

 private:
  void agree(double error_s, double dt_s) noexcept;
  double bandwidth() const noexcept;

  double target_s_, limit_s_;
  double smoothed_ = 0;    // by the first pole of two
  double error_ = 0;       // e
  double drift_ = 0;       // w^2 integral of e
  double correction_ = 0;  // c
  double since_jump_s_ = 0;
  double least_ = std::numeric_limits<double>::infinity(), most_ = -least_;  // errors of this tenth of a second
  double span_s_ = 0;
  std::size_t readings_ = 0;
  std::optional<double> jump_;
};

// The age at which samples usually come: the least of the last one to two seconds. A stall or a backlog only makes some
// come later, so it does not show here; what lasts for longer does.
class UsualAge {
 public:
  void observe(double now_s, double age_s) noexcept;
  double age_s() const noexcept { return least_before_ < least_now_ ? least_before_ : least_now_; }

 private:
  double begin_s_ = 0;
  double least_now_ = std::numeric_limits<double>::infinity(), least_before_ = least_now_;
};

}  // namespace sluice::dsp
