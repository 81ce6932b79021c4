#include "nodes/mp3/kernels/log2.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sluice::mp3 {
namespace {

TEST(Log2Test, IsExactToAHundredThousandth) {
  for (float x = 1e-30f; x < 1e30f; x *= 1.001f) ASSERT_NEAR(log2_of(x), std::log2(static_cast<double>(x)), 1e-5) << x;
}

TEST(Log2Test, PowersOfTwoAreWholeNumbers) {
  for (int n = -100; n <= 100; ++n) EXPECT_EQ(log2_of(std::ldexp(1.0f, n)), static_cast<float>(n));
}

}  // namespace
}  // namespace sluice::mp3
