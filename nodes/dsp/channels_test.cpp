#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/dsp/signals_for_tests.h"

namespace sluice::dsp {
namespace {

Audio mapped(const Audio& x, std::string_view param, std::string_view value) {
  NodeHarness h("channels");
  EXPECT_TRUE(h.set(param, value));
  h.connect("in", audio_spec(48000, static_cast<int>(x.size()), 64));
  EXPECT_TRUE(h.start());
  h.feed_audio("in", x);
  EXPECT_EQ(h.realtime_violation(), "");
  return h.audio("out");
}

std::string refusal(int inputs, std::string_view param, std::string_view value) {
  NodeHarness h("channels");
  EXPECT_TRUE(h.set(param, value));
  h.connect("in", audio_spec(48000, inputs));
  const Status status = h.start();
  return status ? "" : status.error().text();
}

const Channel kA = seeded_noise(500, 1), kB = seeded_noise(500, 2), kC = seeded_noise(500, 3);

TEST(Channels, CopiesMonoToEveryChannel) {
  EXPECT_EQ(mapped({kA}, "channels", "3"), (Audio{kA, kA, kA}));
}

TEST(Channels, MakesMonoTheMean) {
  const Audio y = mapped({kA, kB}, "channels", "1");
  ASSERT_EQ(y.size(), 1u);
  for (std::size_t n = 0; n < kA.size(); ++n) ASSERT_EQ(y[0][n], 0.5f * (kA[n] + kB[n]));
}

TEST(Channels, MapSwapsPicksAndMixes) {
  EXPECT_EQ(mapped({kA, kB}, "map", "2,1"), (Audio{kB, kA}));
  EXPECT_EQ(mapped({kA, kB, kC}, "map", " 3 , 1 "), (Audio{kC, kA}));
  const Audio y = mapped({kA, kB, kC}, "map", "1+3,2");
  for (std::size_t n = 0; n < kA.size(); ++n) ASSERT_EQ(y[0][n], 0.5f * (kA[n] + kC[n]));
}

// BS.775-3: L' = L + 0.7071 C + 0.7071 Ls, here over 2.4142; the LFE is left out.
TEST(Channels, MixesSurroundToStereo) {
  const auto constant = [](float value) { return Channel(64, value); };
  const Audio y = mapped(
      {constant(0.5f), constant(-0.25f), constant(0.1f), constant(9), constant(0.2f), constant(0.4f)}, "channels", "2");
  ASSERT_EQ(y.size(), 2u);
  EXPECT_NEAR(y[0][10], (0.5 + 0.70710678 * (0.1 + 0.2)) / 2.41421356, 1e-6);
  EXPECT_NEAR(y[1][10], (-0.25 + 0.70710678 * (0.1 + 0.4)) / 2.41421356, 1e-6);
}

TEST(Channels, SurroundAtFullScaleStaysAtFullScaleOnBothSides) {
  for (std::size_t inputs = 3; inputs <= 8; ++inputs) {
    const Audio y = mapped(Audio(inputs, Channel(64, 1.0f)), "channels", "2");
    EXPECT_NEAR(y.at(0)[0], 1, 1e-6) << inputs;
    EXPECT_NEAR(y.at(1)[0], 1, 1e-6) << inputs;
  }
}

TEST(Channels, RefusesWhatIsNotObviousOrNotThere) {
  EXPECT_THAT(refusal(9, "channels", "2"), testing::HasSubstr("9 channels become 2 is not obvious"));
  EXPECT_THAT(refusal(6, "channels", "4"), testing::HasSubstr("6 channels become 4 is not obvious"));
  for (const char* map : {"3", "0", "1,", "1;2", ",", "1+", "x", "99999999999"})
    EXPECT_THAT(refusal(2, "map", map), testing::HasSubstr("channels from 1 to 2")) << map;
}

}  // namespace
}  // namespace sluice::dsp
