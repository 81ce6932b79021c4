// Constant tables of the ear model for one block length: a grid of critical bands, and how lines and scalefactor bands
// lie on it. Rec. ITU-R BS.1387-1, 2.1; see psychoacoustics.h.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "nodes/mp3/kernels/banded_matrix.h"

namespace sluice::mp3 {

// Sampled every 0.5 Bark from 0 to half the sampling rate. Real-time safe after construction.
class EarGrid {
 public:
  // Values by grid band; those from size() on are of no meaning.
  using Values = std::array<float, kMaxGrid>;

  // `lines` per window: 576 or 192; `edges`: scalefactor bands in lines of a window; `quiet_db`: by which the threshold
  // in quiet lies above the ear's.
  EarGrid(int rate_hz, int lines, std::span<const std::int16_t> edges, double quiet_db = 0.0);

  int lines() const { return lines_; }
  // Ear-domain energy of every grid band from one window's lines.
  void group(std::span<const float> window, std::span<float, kMaxGrid> energy) const;
  const SpreadTables& spread_tables() const { return spread_; }
  // Threshold of each scalefactor band for a flat noise in it, from the reciprocal of the excitation.
  void band_thresholds(std::span<const float, kMaxGrid> reciprocal, std::span<float> threshold) const;

 private:
  // A part of a line that lies in a grid band.
  struct Overlap {
    int grid;
    int line;
    double share;
  };
  std::vector<Overlap> overlaps(int rate_hz) const;  // sorted by line
  void map_lines(std::span<const Overlap> overlap, double top_bark);
  void map_bands(std::span<const Overlap> overlap, std::span<const std::int16_t> edges, double top_bark);

  int lines_;
  int size_;
  alignas(64) Values internal_noise_;  // ear domain
  SpreadTables spread_{};
  BandedMatrix grid_of_lines_;
  BandedMatrix bands_of_grid_;
};

}  // namespace sluice::mp3
