#include "nodes/mp3/kernels/quantizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace sluice::mp3 {
namespace {

double step(int index) {
  return std::exp2((index - 210) / 4.0);
}

// One granule, its layout and what one band of it asks for.
struct Case {
  BandLayout layout = BandLayout::long_bands(*StreamFormat::at_rate(44100, 1));
  std::array<float, kLines> x{};
  CompandedLines lines;
  alignas(64) std::array<float, kBandSlots> threshold{};
  alignas(64) std::array<float, kBandSlots> weight{};
  BandTargets targets;

  void load() {
    std::array<std::int16_t, kMaxBands> kept{};
    for (int b = 0; b < layout.count; ++b)
      kept[static_cast<std::size_t>(b)] = static_cast<std::int16_t>(layout.width(b));
    lines.load(x, layout, kept, nullptr);
    lines.target(threshold, weight, targets);
  }
  void quantise(int index) {
    std::array<float, kBandSlots> scale{};
    std::fill_n(scale.begin(), layout.count, inverse_step34(index));
    lines.quantise(scale);
  }
};

TEST(QuantizerTest, FollowsTheFormulaOfTheStandard) {
  Case c;
  for (std::size_t i = 0; i < c.x.size(); ++i) c.x[i] = 0.01f + static_cast<float>(i) * (i % 2 == 0 ? 0.017f : -0.017f);
  c.load();
  for (const int index : {120, 170, 210}) {
    c.quantise(index);
    std::array<std::int16_t, kLines> q;
    c.lines.write_signed(q);
    for (std::size_t i = 0; i < c.x.size(); ++i) {
      const double exact = std::pow(std::fabs(c.x[i]) / step(index), 0.75) + 0.4054;
      if (std::fabs(exact - std::round(exact)) < 1e-3 * exact) continue;  // float may round either way
      const int magnitude = std::min<int>(kMaxQuantized, static_cast<int>(exact));
      EXPECT_EQ(q[i], c.x[i] < 0 ? -magnitude : magnitude);
    }
  }
}

TEST(QuantizerTest, TheLargestOfEachBandIsThatOfItsLines) {
  Case c;
  std::minstd_rand random(5);
  std::normal_distribution<float> value(0.0f, 0.3f);
  for (float& x : c.x) x = value(random);
  c.load();
  c.quantise(196);
  const auto& q = c.lines.magnitudes();
  for (int b = 0; b < c.layout.count; ++b)
    EXPECT_EQ(c.lines.largest()[static_cast<std::size_t>(b)],
              *std::max_element(q.begin() + c.layout.edge[b], q.begin() + c.layout.edge[b + 1]));
}

TEST(QuantizerTest, PredictsTheNoiseOfFineQuantisationToAFewTenthsOfADb) {
  constexpr int kBand = 21;  // the widest
  Case c;
  std::minstd_rand random(2);
  std::normal_distribution<float> value(0.0f, 0.1f);
  for (const float wanted : {1e-5f, 1e-4f, 1e-3f}) {
    c.threshold.fill(wanted);
    double ratio = 0.0;
    constexpr int kRounds = 20;
    for (int round = 0; round < kRounds; ++round) {
      for (float& x : c.x) x = value(random);
      c.load();
      const float predicted = c.targets.index[kBand];
      const int index = static_cast<int>(std::lround(predicted));
      c.quantise(index);
      double noise = 0.0;
      for (int i = c.layout.edge[kBand]; i < c.layout.edge[kBand + 1]; ++i)
        noise += std::pow(std::fabs(c.x[i]) - std::pow(c.lines.magnitudes()[i], 4.0 / 3.0) * step(index), 2);
      ratio += noise / wanted * std::exp2(kLog2NoisePerIndex * (predicted - index)) / kRounds;  // less the rounding
    }
    // Rounding at 0.4054 instead of 0.5 adds 10 lg (1 + 12 0.0946^2) dB, which the formula leaves out.
    EXPECT_NEAR(10 * std::log10(ratio), 0.44, 0.25) << wanted;
  }
}

TEST(QuantizerTest, TheFinestIndexJustFits) {
  for (const float largest : {1e-6f, 0.01f, 1.0f, 16.0f}) {
    Case c;
    c.x[0] = largest;
    c.load();
    c.quantise(static_cast<int>(c.targets.finest[0]));
    EXPECT_LE(c.lines.magnitudes()[0], kMaxQuantized);
    EXPECT_GT(c.lines.magnitudes()[0], kMaxQuantized * 0.8);
  }
}

TEST(QuantizerTest, ABandIsCodedUntilItsNoiseWouldReachItsEnergy) {
  Case c;
  c.x[0] = 1.0f;
  c.threshold.fill(0.25f);
  c.load();
  EXPECT_NEAR(c.targets.last_offset[0], 2 / kLog2NoisePerIndex, 1e-3);
  EXPECT_EQ(c.targets.last_offset[1], kNeverCoded);
}

TEST(QuantizerTest, LinesBeyondTheBandwidthAreDropped) {
  Case c;
  c.x.fill(1.0f);
  std::array<std::int16_t, kMaxBands> kept{};
  kept[0] = 3;
  c.lines.load(c.x, c.layout, kept, nullptr);
  c.quantise(200);
  EXPECT_GT(c.lines.magnitudes()[2], 0);
  for (std::size_t i = 3; i < kLines; ++i) EXPECT_EQ(c.lines.magnitudes()[i], 0);
}

}  // namespace
}  // namespace sluice::mp3
