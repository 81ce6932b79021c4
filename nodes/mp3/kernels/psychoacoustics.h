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
#include <vector>

#include "nodes/mp3/kernels/bands.h"

namespace sluice::mp3 {

// Noise energy that stays inaudible in each band, in units of X^2, and the bits per granule that coding at it would
// cost.
struct Masking {
  std::array<float, kMaxBands> threshold{};
};

// Constant tables of the ear model for one block length.
class EarGrid {
 public:
  // Sampled every 0.5 Bark from 0 to half the sampling rate.
  static constexpr int kMaxGrid = 64;
  struct Overlap {
    std::int16_t grid;
    std::int16_t line;  // in ascending frequency within a window
    float share;        // part of the line that lies in the grid band
  };

  // `lines` per window: 576 or 192; `edges`: scalefactor bands in lines of a window.
  EarGrid(int rate_hz, int lines, std::span<const std::int16_t> edges);

  int size() const { return size_; }
  // Ear-domain energy of every grid band from the pseudo-power of every line.
  void group(std::span<const float> power, std::span<float> energy) const;
  // Excitation after spreading in frequency, in place.
  void spread(std::span<float> energy) const;
  // Threshold of each scalefactor band for a flat noise in it, from the excitation.
  void band_thresholds(std::span<const float> excitation, std::span<float> threshold) const;
  // One-pole coefficient of the excitation's decay over one window.
  float decay(int grid) const { return decay_[grid]; }

 private:
  void map_lines(int rate_hz, int lines);
  void map_bands(std::span<const std::int16_t> edges);

  int size_ = 0;
  std::array<float, kMaxGrid> centre_hz_{};
  std::array<float, kMaxGrid> internal_noise_{};  // ear domain
  std::array<float, kMaxGrid> upper_slope_db_{};  // level-independent part, dB per grid step
  std::array<float, kMaxGrid> decay_{};
  std::array<float, kMaxGrid> flat_spread_{};  // what spreading makes of a flat excitation
  std::array<float, kMaxGrid> mask_{};         // masking offset, as a factor on the excitation
  std::vector<Overlap> overlap_;               // sorted by line; share is weighted by the outer ear
  struct BandOverlap {
    std::int16_t band;
    std::int16_t grid;
    float weight;
  };
  std::vector<BandOverlap> band_overlap_;
};

// Follows one channel. Not thread-safe; real-time safe after construction.
class Psychoacoustics {
 public:
  explicit Psychoacoustics(const StreamFormat& format);

  // Thresholds of the granule; granules come in order.
  Masking analyse(const Spectrum& spectrum);
  void reset();

 private:
  void analyse_window(const EarGrid& grid, std::span<const float> lines, std::span<float> threshold);

  Bands bands_;
  EarGrid long_grid_;
  EarGrid short_grid_;
  std::array<float, EarGrid::kMaxGrid> smeared_{};  // excitation of the past, fading
};

// Bits that coding a band of `width` lines and `energy` with noise at `threshold` costs, about: 1/2 log2(1 + E/T) a
// line.
float band_entropy(float energy, float threshold, int width);

}  // namespace sluice::mp3
