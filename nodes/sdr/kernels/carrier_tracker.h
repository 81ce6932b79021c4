// Follows phase and clock of a carrier from symbol to symbol.
// Phase: a Kalman filter of phase and frequency, whose gains fall from the first symbols' to the steady state's.
// Clock: a loop of second order on the slope of the phase over the carriers, which is the timing error.
#pragma once

#include <algorithm>

namespace sluice::sdr {

// Realtime-safe.
class PhaseTracker {
 public:
  // first_variance: of the frequency, (rad/symbol)^2; the phase begins at 0, known as well as one symbol tells it.
  void begin(double first_variance) noexcept {
    phase_ = frequency_ = 0;
    p00_ = 0.01;
    p01_ = 0;
    p11_ = first_variance;
  }
  double phase() const noexcept { return phase_; }
  double frequency() const noexcept { return frequency_; }  // rad/symbol

  // To the next symbol.
  void predict() noexcept {
    constexpr double kPhaseNoise = 1e-5, kFrequencyNoise = 1e-7;  // rad^2 a symbol: an ordinary crystal's
    phase_ += frequency_;
    p00_ += 2 * p01_ + p11_ + kPhaseNoise;
    p01_ += p11_;
    p11_ += kFrequencyNoise;
  }
  // `error`: measured less predicted phase, rad; `variance`: of the measurement.
  void correct(double error, double variance) noexcept {
    const double s = p00_ + std::max(variance, 1e-9);
    const double k0 = p00_ / s, k1 = p01_ / s;
    phase_ += k0 * error;
    frequency_ += k1 * error;
    p11_ -= k1 * p01_;
    p01_ -= k0 * p01_;
    p00_ -= k0 * p00_;
  }

 private:
  double phase_ = 0, frequency_ = 0, p00_ = 0, p01_ = 0, p11_ = 0;
};

// Realtime-safe.
class TimingTracker {
 public:
  void begin() noexcept { offset_ = drift_ = 0; }
  double offset() const noexcept { return offset_; }  // samples, later is positive
  double drift() const noexcept { return drift_; }    // samples a symbol
  void predict() noexcept { offset_ += drift_; }
  void correct(double error) noexcept {
    constexpr double kAlpha = 0.1, kBeta = 0.003;  // damping 0.9: kBeta = kAlpha^2 / (4 * 0.9^2)
    offset_ += kAlpha * error;
    drift_ += kBeta * error;
  }
  void move(double samples) noexcept { offset_ += samples; }

 private:
  double offset_ = 0, drift_ = 0;
};

}  // namespace sluice::sdr
