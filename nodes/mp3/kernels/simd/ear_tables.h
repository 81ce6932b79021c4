// The ear model's constants in the order in which the kernels read them; filled in ear_grid.cpp.
#pragma once

#include <cstdint>

namespace sluice::mp3 {

inline constexpr int kMaxGrid = 64;  // grid bands, 0.5 Bark each

// A matrix whose rows are short runs of weights, in quads of columns.
struct BandedRows {
  int rows;
  const std::int16_t* first;  // column of a row's first weight
  const std::int16_t* quads;  // of a row
  const float* weight;        // of all rows, end to end
};

// Entries above the model's size are harmless: they stand for a grid band of energy 1.
struct SpreadTables {
  int size;                                    // grid bands
  alignas(64) float upper_slope_db[kMaxGrid];  // level-independent part, dB per grid step
  alignas(64) float decay[kMaxGrid];           // one-pole coefficient over one window
  alignas(64) float normal[kMaxGrid];          // reciprocal of what spreading makes of a flat excitation
  float level_slope;                           // upward slope, dB per grid step and dB of level
  float flattest_db;                           // limit of the upward slope, dB per grid step
  float full_scale_db;                         // level of energy 1
  float down;                                  // factor per grid step downwards, companded
  float down_sum;                              // sum of the uncompanded downward slope, its peak included
};

}  // namespace sluice::mp3
