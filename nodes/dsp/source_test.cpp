#include "nodes/dsp/source.h"

#include <gtest/gtest.h>

#include "nodes/dsp/signals_for_tests.h"

namespace sluice::dsp {
namespace {

class GeneratedSources : public testing::TestWithParam<const char*> {};

Audio generated(const char* type, std::string_view block, std::string_view duration, std::string_view channels = "2") {
  NodeHarness h(type);
  EXPECT_TRUE(h.set("block", block) && h.set("duration", duration) && h.set("channels", channels));
  EXPECT_TRUE(h.start());
  drain(h);
  EXPECT_EQ(h.realtime_violation(), "");
  return h.audio("out");
}

TEST_P(GeneratedSources, EndAfterExactlyTheirDuration) {
  const Audio x = generated(GetParam(), "10 ms", "1.2345 s");
  ASSERT_EQ(x.size(), 2u);
  EXPECT_EQ(x[0].size(), 54441u);  // 1.2345 s * 44100 Hz, rounded
}

TEST_P(GeneratedSources, GiveTheSameSamplesForAnyBlockSize) {
  EXPECT_EQ(generated(GetParam(), "10 ms", "0.5 s"), generated(GetParam(), "733 us", "0.5 s"));
}

TEST_P(GeneratedSources, TakeAnyNumberOfChannels) {
  EXPECT_EQ(generated(GetParam(), "10 ms", "0.1 s", "1").size(), 1u);
  EXPECT_EQ(generated(GetParam(), "10 ms", "0.1 s", "5").size(), 5u);
}

TEST_P(GeneratedSources, StampPositionsWithoutGaps) {
  NodeHarness h(GetParam());
  ASSERT_TRUE(h.set("duration", "0.1 s") && h.start());
  drain(h);
  std::int64_t position = 0;
  for (const BlockRef& block : h.out("out")) {
    EXPECT_EQ(block->header.position, position);
    EXPECT_EQ(block->header.capture_time, h.now());
    EXPECT_TRUE(block->has(kIndependent));
    position += block->header.frames;
  }
}

INSTANTIATE_TEST_SUITE_P(All, GeneratedSources, testing::Values("tone", "noise", "silence", "tune"));

TEST(Tone, HasTheLevelAndFrequencyAsked) {
  NodeHarness h("tone");
  ASSERT_TRUE(h.set("freq", "440 Hz") && h.set("level", "-6.0206 dBFS") && h.set("duration", "1 s") && h.start());
  drain(h);
  const Audio x = h.audio("out");
  EXPECT_GT(snr_db(sine(440, 44100, 44100, 0.5), x[0], 0, 44100), 120);
  EXPECT_EQ(x[0], x[1]);
}

TEST(Tone, RefusesFrequenciesThatAlias) {
  NodeHarness h("tone");
  ASSERT_TRUE(h.set("freq", "9 kHz") && h.set("rate", "16 kHz"));
  const Status status = h.start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().where, "freq");
}

TEST(Noise, LevelIsItsRmsAndChannelsDiffer) {
  for (const char* color : {"white", "pink"}) {
    NodeHarness h("noise");
    ASSERT_TRUE(h.set("color", color) && h.set("level", "-20 dBFS") && h.set("duration", "10 s") && h.start());
    drain(h);
    const Audio x = h.audio("out");
    EXPECT_NEAR(rms_db(x[0]), -20, 1) << color;
    EXPECT_LT(snr_db(x[0], x[1], 0, x[0].size()), 1) << color;
  }
}

TEST(Silence, IsZero) {
  NodeHarness h("silence");
  ASSERT_TRUE(h.set("duration", "0.1 s") && h.start());
  drain(h);
  EXPECT_EQ(peak(h.audio("out")[0]), 0);
}

TEST(TuneSource, MonoIsTheMeanOfBothSides) {
  const Audio stereo = generated("tune", "10 ms", "1 s", "2"), mono = generated("tune", "10 ms", "1 s", "1");
  for (std::size_t n = 0; n < mono[0].size(); ++n) ASSERT_EQ(mono[0][n], 0.5f * (stereo[0][n] + stereo[1][n]));
}

}  // namespace
}  // namespace sluice::dsp
