#include "nodes/mp3/kernels/ear_grid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "nodes/mp3/kernels/simd.h"
#include "nodes/mp3/kernels/simd/rate_tables.h"
#include "nodes/mp3/kernels/stream_format.h"

namespace sluice::mp3 {
namespace {

const StreamFormat kFormat = *StreamFormat::at_rate(44100, 1);

// The spreading of psychoacoustics.h in double precision: energies ^ 0.4 add up; downwards each falls by the same
// factor a step, upwards by one that depends on its level, the slope of a sum being the mean of its parts by their
// share.
std::vector<double> spread_exactly(const SpreadTables& t, const std::vector<double>& energy) {
  const std::size_t n = energy.size();
  std::vector<double> own(n), slope(n), sum(n);
  for (std::size_t i = 0; i < n; ++i) {
    const double level_db = 10 * std::log10(energy[i]) + t.full_scale_db;
    const double up_db = std::min<double>(t.upper_slope_db[i] + t.level_slope * level_db, t.flattest_db);
    const double up = std::pow(10.0, up_db / 10);
    own[i] = std::pow(energy[i] / (t.down_sum + up / (1 - up)), 0.4);
    slope[i] = std::pow(up, 0.4);
  }
  double carried = 0.0;
  double mean_slope = 0.0;
  for (std::size_t i = 0; i < n; ++i) {
    const double arriving = carried * mean_slope;
    sum[i] = carried = arriving + own[i];
    mean_slope = (arriving * mean_slope + own[i] * slope[i]) / carried;
  }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t above = i + 1; above < n; ++above)
      sum[i] += own[above] * std::pow(t.down, static_cast<double>(above - i));
  for (std::size_t i = 0; i < n; ++i) sum[i] = std::pow(sum[i], 2.5) * t.normal[i];
  return sum;
}

class EarGridWindows : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(OneToThree, EarGridWindows, testing::Values(1, 2, 3));

TEST_P(EarGridWindows, SpreadsAsInDoublePrecisionOnEveryTarget) {
  const EarGrid grid(44100, kLines, kFormat.long_edges());
  const SpreadTables& t = grid.spread_tables();
  const auto windows = static_cast<std::size_t>(GetParam());
  for (const Simd* target : simd_targets()) {
    alignas(64) std::array<EarGrid::Values, 3> energy;
    std::vector<std::vector<double>> exact(windows);
    for (std::size_t w = 0; w < windows; ++w) {
      energy[w].fill(1e-9f);
      energy[w][10 + 20 * w] = 0.01f;
      exact[w].assign(energy[w].begin(), energy[w].begin() + t.size);
      exact[w] = spread_exactly(t, exact[w]);
    }
    target->spread(t, energy[0].data(), GetParam());
    for (std::size_t w = 0; w < windows; ++w)
      for (int i = 0; i < t.size; ++i) {
        const auto n = static_cast<std::size_t>(i);
        EXPECT_NEAR(10 * std::log10(energy[w][n] / exact[w][n]), 0.0, 0.01) << target->name << " " << w << " " << i;
      }
  }
}

TEST(EarGridTest, WhatIsFlatStaysFlat) {
  const EarGrid grid(44100, kLines, kFormat.long_edges());
  const SpreadTables& t = grid.spread_tables();
  const float zero_db = std::pow(10.0f, -t.full_scale_db / 10);
  alignas(64) EarGrid::Values energy;
  energy.fill(zero_db);
  simd().spread(t, energy.data(), 1);
  for (int i = 0; i < t.size; ++i) EXPECT_NEAR(energy[static_cast<std::size_t>(i)] / zero_db, 1.0f, 1e-4f);
}

TEST(BandedRowsTest, MultiplyAsAMatrixDoes) {
  std::minstd_rand random(6);
  std::uniform_real_distribution<float> value(0.0f, 1.0f);
  constexpr int kColumns = 70;
  std::vector<float> x(kColumns);
  for (float& v : x) v = value(random);
  for (const Simd* target : simd_targets()) {
    BandedMatrix matrix(kColumns);
    std::vector<double> expected;
    for (int first = 0; first < kColumns; first += 7) {
      std::vector<float> weights(static_cast<std::size_t>(std::min(1 + first / 3, kColumns - first)));
      double sum = 0.0;
      for (std::size_t i = 0; i < weights.size(); ++i) {
        weights[i] = value(random);
        sum += static_cast<double>(weights[i]) * x[static_cast<std::size_t>(first) + i];
      }
      matrix.add_row(first, weights);
      expected.push_back(sum);
    }
    std::vector<float> y(expected.size());
    target->multiply_rows(matrix.rows(), x.data(), y.data());
    for (std::size_t row = 0; row < y.size(); ++row) EXPECT_NEAR(y[row], expected[row], 1e-5);
  }
}

TEST(BandEntropiesTest, AreHalfALogarithmALine) {
  for (const Simd* target : simd_targets()) {
    alignas(64) std::array<float, kBandSlots> width, energy, threshold, bits;
    width.fill(2.0f);
    threshold.fill(1.0f);
    for (float ratio = 1e-3f; ratio < 1e30f; ratio *= 1.013f) {
      energy.fill(ratio);
      target->band_entropies(width.data(), energy.data(), threshold.data(), bits.data());
      ASSERT_NEAR(bits[0], std::log2(1.0 + ratio), 3e-5) << target->name;
      ASSERT_EQ(bits[0], bits.back());
    }
  }
}

}  // namespace
}  // namespace sluice::mp3
