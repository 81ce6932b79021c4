// An FM broadcast signal -> stereo sound and RDS: decimation to 240 kHz, discriminator, a PLL on the pilot, L - R by
// its double and RDS by its triple, 15 kHz low-pass, de-emphasis. The RDS clock is the pilot's: one sample each cycle
// of it.
//
// A discriminator that compares neighbouring samples droops as sin(x) / x, x = pi f / 240 kHz: 4.2 % at 38 kHz, which
// alone would limit separation to 34 dB. L - R is raised by as much.
#pragma once

#include <memory>
#include <span>

#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/kernels/rds.h"

namespace sluice::sdr {

struct FmDemodulatorOptions {
  double rate_hz = 1.2e6;     // a multiple of 240 kHz
  double emphasis_s = 50e-6;  // 0: none
};

// One thread at a time; realtime-safe but for constructor and destructor.
class FmDemodulator {
 public:
  explicit FmDemodulator(const FmDemodulatorOptions& options);
  ~FmDemodulator();

  std::size_t samples_per_frame() const noexcept;
  // Takes all samples; writes sound at 48 kHz, full scale +-1, and returns the number of frames: at most
  // in.size() / samples_per_frame() + 1.
  std::size_t run(std::span<const Sample> in, std::span<float> left, std::span<float> right) noexcept;

  float pilot() const noexcept;  // 0..1 of its nominal level
  bool stereo() const noexcept;  // the pilot is there
  const RdsDecoder& rds() const noexcept;
  static double delay_s();

 private:
  struct State;

  std::unique_ptr<State> state_;
};

}  // namespace sluice::sdr
