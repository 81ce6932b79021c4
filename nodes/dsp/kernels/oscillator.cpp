#include "nodes/dsp/kernels/oscillator.h"

#include <cmath>
#include <numbers>

namespace sluice::dsp {
namespace {

// Two-sample polynomial residual of a band-limited unit step at phase 0; `t` in cycles, `dt` cycles per sample.
double poly_blep(double t, double dt) {
  if (t < dt) {
    const double u = t / dt;
    return u + u - u * u - 1;
  }
  if (t > 1 - dt) {
    const double u = (t - 1) / dt;
    return u * u + u + u + 1;
  }
  return 0;
}

}  // namespace

float Oscillator::at(std::int64_t position) const noexcept {
  const double cycles = static_cast<double>(position) * step_;
  const double t = cycles - std::floor(cycles);
  if (waveform_ == Waveform::sine) return static_cast<float>(std::sin(2 * std::numbers::pi * t));
  if (waveform_ == Waveform::saw) return static_cast<float>(2 * t - 1 - poly_blep(t, step_));
  const double half = t < 0.5 ? t + 0.5 : t - 0.5;
  return static_cast<float>((t < 0.5 ? 1 : -1) + poly_blep(t, step_) - poly_blep(half, step_));
}

}  // namespace sluice::dsp
