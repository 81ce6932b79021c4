// Stereo sound -> an FM broadcast signal: pre-emphasis, 15 kHz low-pass, multiplex with pilot, L - R and RDS, FM.
//   m = .45 (L + R) + .45 (L - R) sin 2p + .09 sin p + .04 d sin 3p,   p = 2 pi 19 kHz t;   x = exp(j 2 pi 75 kHz int
//   m)
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/kernels/rds.h"

namespace sluice::sdr {

struct FmModulatorOptions {
  double rate_hz = 1.2e6;     // a multiple of 240 kHz
  double emphasis_s = 50e-6;  // 0: none
  bool stereo = true;         // false: no pilot, no L - R
  bool rds = true;
  RdsStation station{};
};

// One thread at a time; realtime-safe but for constructor and destructor.
class FmModulator {
 public:
  explicit FmModulator(const FmModulatorOptions& options);
  ~FmModulator();

  std::size_t samples_per_frame() const noexcept;
  // left, right: at 48 kHz, full scale +-1; `out`: samples_per_frame() for each frame. Magnitude 1.
  void run(std::span<const float> left, std::span<const float> right, std::span<Sample> out) noexcept;
  void set_station(const RdsStation& station) noexcept;
  static double delay_s();

 private:
  struct Filters;
  float rds_sample() noexcept;

  FmModulatorOptions options_;
  std::unique_ptr<Filters> filters_;
};

}  // namespace sluice::sdr
