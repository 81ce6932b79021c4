// A matrix whose rows are short runs of weights: what maps lines to grid bands, and grid bands to scalefactor bands.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nodes/mp3/kernels/simd/ear_tables.h"

namespace sluice::mp3 {

class BandedMatrix {
 public:
  // At least 4 columns.
  explicit BandedMatrix(int columns) : columns_(columns) {}

  // Appends a row that holds `weights` from column `first` on and 0 elsewhere.
  void add_row(int first, std::span<const float> weights);
  // Valid until the next add_row().
  BandedRows rows() const { return {static_cast<int>(first_.size()), first_.data(), quads_.data(), weight_.data()}; }

 private:
  int columns_;
  std::vector<std::int16_t> first_;
  std::vector<std::int16_t> quads_;
  std::vector<float> weight_;
};

}  // namespace sluice::mp3
