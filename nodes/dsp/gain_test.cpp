#include <gtest/gtest.h>

#include <limits>

#include "nodes/dsp/signals_for_tests.h"

namespace sluice::dsp {
namespace {

TEST(Gain, OfZeroDecibelsIsBitExact) {
  NodeHarness h("gain");
  h.connect("in", audio_spec(48000, 1));
  ASSERT_TRUE(h.start());
  const Channel x = seeded_noise(4800, 1);
  h.feed_audio("in", {x});
  EXPECT_EQ(h.audio("out")[0], x);
  EXPECT_EQ(h.realtime_violation(), "");
}

TEST(Gain, ScalesByItsDecibels) {
  NodeHarness h("gain");
  ASSERT_TRUE(h.set("gain", "-6.0206 dB"));
  h.connect("in", audio_spec(48000, 2, 100));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {Channel(333, 0.5f), Channel(333, -1.0f)});
  const Audio out = h.audio("out");
  for (const float y : out[0]) EXPECT_NEAR(y, 0.25f, 1e-6f);
  for (const float y : out[1]) EXPECT_NEAR(y, -0.5f, 1e-6f);
}

TEST(Gain, Minus120dBIsSilence) {
  NodeHarness h("gain");
  ASSERT_TRUE(h.set("gain", "-120"));
  h.connect("in", audio_spec(48000, 1));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {Channel(480, 1.0f)});
  EXPECT_EQ(peak(h.audio("out")[0]), 0);
}

// 480 frames of ramp at 48 kHz, over several blocks; then the new gain exactly.
TEST(Gain, ChangesLiveAlongARampOf10ms) {
  NodeHarness h("gain");
  h.connect("in", audio_spec(48000, 1, 100));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {Channel(100, 1.0f)});
  ASSERT_TRUE(h.set("gain", "-20 dB"));
  h.feed_audio("in", {Channel(900, 1.0f)});
  const Channel y = h.audio("out")[0];
  for (std::size_t n = 1; n < y.size(); ++n) ASSERT_LE(std::abs(y[n] - y[n - 1]), 0.9f / 480 + 1e-5f) << n;
  EXPECT_EQ(y[99], 1.0f);
  EXPECT_NEAR(y[99 + 240], 0.55f, 1e-3f);
  EXPECT_NEAR(y[99 + 480], 0.1f, 1e-4f);
  EXPECT_EQ(y[999], y[600]);
}

TEST(Gain, PassesHeadersOn) {
  NodeHarness h("gain");
  h.connect("in", audio_spec(48000, 1, 100));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {Channel(250)}, kDiscontinuity);
  ASSERT_EQ(h.out("out").size(), 3u);
  EXPECT_TRUE(h.out("out")[0]->discontinuity());
  EXPECT_FALSE(h.out("out")[1]->discontinuity());
  EXPECT_EQ(h.out("out")[2]->header.position, 200);
}

TEST(Gain, LetsNoNumberSpoilTheNextBlock) {
  NodeHarness h("gain");
  ASSERT_TRUE(h.set("gain", "6 dB"));
  h.connect("in", audio_spec(48000, 1, 10));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {Channel(10, std::numeric_limits<float>::quiet_NaN())});
  h.feed_audio("in", {Channel(10, 0.1f)});
  EXPECT_FALSE(std::isnan(h.audio("out")[0][10]));
}

}  // namespace
}  // namespace sluice::dsp
