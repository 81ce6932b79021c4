#include "nodes/mp3/kernels/quantizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "nodes/mp3/kernels/fast_math.h"

namespace sluice::mp3 {
namespace {

double step(int index) {
  return std::exp2((index - 210) / 4.0);
}

TEST(QuantizerTest, FollowsTheFormulaOfTheStandard) {
  for (const int index : {120, 170, 210}) {
    std::vector<float> x34;
    std::vector<std::int16_t> q(400);
    for (int i = 0; i < 400; ++i) x34.push_back(0.01f + static_cast<float>(i) * 0.013f);
    quantise(x34, index, q);
    for (int i = 0; i < 400; ++i) {
      const double exact = x34[static_cast<std::size_t>(i)] * std::pow(step(index), -0.75) + 0.4054;
      if (std::fabs(exact - std::round(exact)) < 1e-3 * exact) continue;  // float may round either way
      EXPECT_EQ(q[static_cast<std::size_t>(i)], std::min<int>(kMaxQuantized, static_cast<int>(exact)));
    }
  }
}

TEST(QuantizerTest, PredictsTheNoiseOfFineQuantisationToAFewTenthsOfADb) {
  std::minstd_rand random(2);
  std::normal_distribution<float> value(0.0f, 0.1f);
  std::vector<float> x(2000);
  std::vector<float> x34;
  double sum_sqrt = 0.0;
  for (float& sample : x) {
    sample = std::fabs(value(random));
    x34.push_back(pow34(sample));
    sum_sqrt += std::sqrt(sample);
  }
  for (const double wanted : {1e-4, 1e-3, 1e-2}) {
    const float predicted = predicted_index(static_cast<float>(std::log2(wanted)), static_cast<float>(sum_sqrt));
    const int index = static_cast<int>(std::lround(predicted));
    std::vector<std::int16_t> q(x.size());
    quantise(x34, index, q);
    double noise = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) noise += std::pow(x[i] - std::pow(q[i], 4.0 / 3.0) * step(index), 2);
    const double rounding_db = (index - predicted) * 1.129;  // 0.375 log2 an index
    EXPECT_NEAR(10 * std::log10(noise / wanted) - rounding_db, 0.0, 0.5) << wanted;
  }
}

TEST(QuantizerTest, TheFinestIndexJustFits) {
  for (const float largest : {1e-6f, 0.01f, 1.0f, 16.0f}) {
    std::array<std::int16_t, 1> q;
    const std::array<float, 1> x34 = {pow34(largest)};
    const int finest = finest_index(x34[0]);
    quantise(x34, finest, q);
    EXPECT_LE(q[0], kMaxQuantized);
    EXPECT_GT(q[0], kMaxQuantized * 0.8);
  }
}

TEST(FastMathTest, Log2IsWithinItsBound) {
  for (float x = 1e-30f; x < 1e30f; x *= 1.0007f) ASSERT_NEAR(fast_log2(x), std::log2(static_cast<double>(x)), 3e-5);
}

TEST(FastMathTest, Exp2IsWithinItsBound) {
  for (float x = -100.0f; x < 100.0f; x += 0.0101f)
    ASSERT_NEAR(fast_exp2(x) / std::exp2(static_cast<double>(x)), 1.0, 1e-6);
}

}  // namespace
}  // namespace sluice::mp3
