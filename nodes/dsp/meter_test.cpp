#include <gtest/gtest.h>

#include <limits>

#include "nodes/dsp/signals_for_tests.h"

namespace sluice::dsp {
namespace {

TEST(Meter, MeasuresPeakAndRmsOfAFullScaleSine) {
  NodeHarness h("meter");
  h.connect("in", audio_spec(48000, 1, 77));
  ASSERT_TRUE(h.start());
  const Channel x = sine(1000, 48000, 4800, 1.0);
  h.feed_audio("in", {x});
  EXPECT_NEAR(h.counter("peak_dbfs"), 0, 0.01);
  EXPECT_NEAR(h.counter("rms_dbfs"), -3.01, 0.01);
  EXPECT_EQ(h.audio("out")[0], x);
  EXPECT_EQ(h.realtime_violation(), "");
}

TEST(Meter, ShowsTheLastWindowOnly) {
  NodeHarness h("meter");
  ASSERT_TRUE(h.set("window", "10 ms"));
  h.connect("in", audio_spec(48000, 2, 480));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {Channel(480, 1.0f), Channel(480)});
  EXPECT_EQ(h.counter("peak_dbfs"), 0);
  h.feed_audio("in", {Channel(480, 0.1f), Channel(480, 0.1f)});
  EXPECT_NEAR(h.counter("peak_dbfs"), -20, 1e-5);
  EXPECT_NEAR(h.counter("rms_dbfs"), -20, 1e-5);
  h.feed_audio("in", {Channel(480), Channel(480)});
  EXPECT_EQ(h.counter("peak_dbfs"), -144);
}

TEST(Meter, CountsClippedAndInvalidSamples) {
  NodeHarness h("meter");
  ASSERT_TRUE(h.set("window", "1 ms"));
  h.connect("in", audio_spec(48000, 1, 48));
  ASSERT_TRUE(h.start());
  Channel x(48, 0.5f);
  x[3] = std::numeric_limits<float>::quiet_NaN();
  x[4] = std::numeric_limits<float>::infinity();
  x[5] = -1.5f;
  h.feed_audio("in", {x});
  EXPECT_EQ(h.counter("invalid"), 2);
  EXPECT_EQ(h.counter("clipped"), 1);
  EXPECT_NEAR(h.counter("peak_dbfs"), 3.52, 0.01);
}

}  // namespace
}  // namespace sluice::dsp
