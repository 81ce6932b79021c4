#include "engine/run/histogram.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(LatencyHistogram, FindsPercentilesToSixPercent) {
  LatencyHistogram histogram;
  for (int n = 1; n <= 1000; ++n) histogram.record(n * 100us);
  EXPECT_EQ(histogram.count(), 1000u);
  EXPECT_NEAR(milliseconds(histogram.quantile(0.5)), 50, 50 * 0.063);
  EXPECT_NEAR(milliseconds(histogram.quantile(0.99)), 99, 99 * 0.063);
  EXPECT_EQ(histogram.max(), 100ms);
  EXPECT_LE(histogram.quantile(1.0), histogram.max());
}

TEST(LatencyHistogram, TakesNegativeAndHugeValues) {
  LatencyHistogram histogram;
  histogram.record(-5ms);
  histogram.record(std::chrono::hours(100));
  EXPECT_EQ(histogram.count(), 2u);
  EXPECT_EQ(histogram.quantile(0.5), 1us);
}

TEST(LatencyHistogram, CountsInStepsWhatWasBelowEach) {
  LatencyHistogram histogram;
  for (const Duration value : {Duration(15us), Duration(16us), Duration(23us), Duration(24us), Duration(20ms)})
    histogram.record(value);
  const auto steps = histogram.steps();
  EXPECT_EQ(steps[0].edge, 16us);
  EXPECT_EQ(steps[0].below, 1u);
  EXPECT_EQ(steps[1].edge, 24us);
  EXPECT_EQ(steps[1].below, 3u);
  EXPECT_EQ(steps[2].below, 4u);
  EXPECT_EQ(steps.back().below, 5u);
  EXPECT_EQ(histogram.sum(), 20ms + 78us);
}

TEST(LatencyHistogram, IsZeroWhenEmpty) {
  EXPECT_EQ(LatencyHistogram{}.quantile(0.5), Duration::zero());
}

}  // namespace
}  // namespace sluice
