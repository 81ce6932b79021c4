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

TEST(Channels, RefusesWhatIsNotObviousOrNotThere) {
  EXPECT_THAT(refusal(6, "channels", "2"), testing::HasSubstr("6 channels become 2 is not obvious"));
  for (const char* map : {"3", "0", "1,", "1;2", ",", "1+", "x", "99999999999"})
    EXPECT_THAT(refusal(2, "map", map), testing::HasSubstr("channels from 1 to 2")) << map;
}

}  // namespace
}  // namespace sluice::dsp
