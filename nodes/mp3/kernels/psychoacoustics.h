// Masking thresholds from the MDCT spectrum: no separate FFT. The ear model is that of Rec. ITU-R BS.1387-1, 2.1
// (FFT-based): outer and middle ear weighting, critical-band grid, level-dependent spreading, time smearing, and the
// masking offset; it is applied to a pseudo-power spectrum of the MDCT lines.
//
//   pseudo-spectrum  P[k] = c (X[k]^2 + (X[k+1] - X[k-1])^2)         Daudet & Sandler 2004, steady for steady tones
//   Bark             z = 7 asinh(f / 650)
//   spreading        27 dB/Bark downwards, 24 + 230/f - 0.2 L dB/Bark upwards, added with exponent 0.4
//   masking offset   3 dB up to 12 Bark, then 0.25 dB per Bark grid step of 0.25
#pragma once

#include <array>
#include <span>

#include "nodes/mp3/kernels/bands.h"
#include "nodes/mp3/kernels/ear_grid.h"

namespace sluice::mp3 {

// Noise energy that stays inaudible in each band, in units of X^2.
struct Masking {
  std::array<float, kMaxBands> threshold{};
};

// Follows the channels of one stream. Not thread-safe; real-time safe after construction.
class Psychoacoustics {
 public:
  // `quiet_db`: by which the threshold in quiet (ATH) is raised.
  explicit Psychoacoustics(const StreamFormat& format, double quiet_db = 0.0);

  // Thresholds of one granule of every channel; granules come in order.
  void analyse(std::span<const Spectrum> channels, std::span<Masking> masking);
  void reset();

 private:
  const EarGrid& grid_for(const Spectrum& spectrum) const;
  void group(const Spectrum& spectrum, std::span<EarGrid::Values> energy) const;
  void finish(const Spectrum& spectrum, std::span<const EarGrid::Values> excitation, EarGrid::Values& smeared,
              Masking& masking) const;

  Bands bands_;
  EarGrid long_grid_;
  EarGrid short_grid_;
  alignas(64) std::array<EarGrid::Values, kMaxChannels> smeared_{};  // excitation of the past, fading
};

}  // namespace sluice::mp3
