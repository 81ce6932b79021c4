#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "nodes/dsp/kernels/g711.h"
#include "nodes/dsp/signals_for_tests.h"

namespace sluice::dsp {
namespace {

std::string encoded(const Audio& x, const char* law, std::int64_t block = 80) {
  NodeHarness h("g711.encode");
  EXPECT_TRUE(h.set("law", law));
  h.connect("in", audio_spec(8000, static_cast<int>(x.size()), block));
  EXPECT_TRUE(h.start());
  h.feed_audio("in", x);
  EXPECT_EQ(h.realtime_violation(), "");
  return h.bytes("out");
}

Audio decoded(const std::string& bytes, const char* codec, int channels) {
  NodeHarness h("g711.decode");
  h.connect("in", {{.media = "packet", .codec = codec, .rate_hz = 8000, .channels = channels},
                   static_cast<std::int64_t>(bytes.size()) / channels});
  EXPECT_TRUE(h.start());
  h.feed_bytes("in", std::as_bytes(std::span(bytes)), static_cast<std::int64_t>(bytes.size()) / channels);
  EXPECT_EQ(h.realtime_violation(), "");
  return h.audio("out");
}

// In a segment, steps are 1/16 to 1/32 of the magnitude: quantising noise lies 36 to 38 dB below any loud sine.
TEST(G711Nodes, SpeechLevelSinesKeep36dBOfSignalToNoise) {
  const Channel x = sine(1004, 8000, 8000, 0.316);
  EXPECT_GT(snr_db(x, decoded(encoded({x}, "alaw"), "pcm_alaw", 1)[0], 0, 8000), 36);
  EXPECT_GT(snr_db(x, decoded(encoded({x}, "mulaw"), "pcm_mulaw", 1)[0], 0, 8000), 36);
}

TEST(G711Nodes, InterleavesChannels) {
  const Channel left = sine(440, 8000, 800), right = sine(1000, 8000, 800);
  const std::string both = encoded({left, right}, "alaw"), one = encoded({right}, "alaw");
  ASSERT_EQ(both.size(), 1600u);
  for (std::size_t n = 0; n < one.size(); ++n) ASSERT_EQ(both[2 * n + 1], one[n]);
  const Audio y = decoded(both, "pcm_alaw", 2);
  EXPECT_GT(snr_db(left, y[0], 0, 800), 34);
  EXPECT_GT(snr_db(right, y[1], 0, 800), 34);
}

TEST(G711Nodes, BytesDoNotDependOnTheBlockSize) {
  const Audio x{seeded_noise(1000, 5)};
  EXPECT_EQ(encoded(x, "mulaw", 80), encoded(x, "mulaw", 7));
}

TEST(G711Nodes, OverloadAndNoNumberAreSurvived) {
  constexpr float kInf = std::numeric_limits<float>::infinity(), kNan = std::numeric_limits<float>::quiet_NaN();
  const std::string bytes = encoded({{2.0f, -2.0f, kInf, -kInf, kNan}}, "alaw");
  const Channel y = decoded(bytes, "pcm_alaw", 1)[0];
  EXPECT_EQ(y, (Channel{32256.0f / 32768, -32256.0f / 32768, 32256.0f / 32768, -32256.0f / 32768, 8.0f / 32768}));
}

TEST(G711Nodes, PacketsCarryFormatPositionAndFlags) {
  NodeHarness h("g711.encode");
  h.connect("in", audio_spec(8000, 1, 80));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {Channel(200)}, kDiscontinuity);
  EXPECT_EQ(to_string(h.node().outs()[0]->format()), "packet{pcm_alaw, 8000 Hz, 1 ch}");
  ASSERT_EQ(h.out("out").size(), 3u);
  EXPECT_TRUE(h.out("out")[0]->discontinuity());
  EXPECT_EQ(h.out("out")[2]->header.position, 160);
  EXPECT_EQ(h.out("out")[2]->header.frames, 40);
  EXPECT_TRUE(h.out("out")[2]->has(kIndependent));
}

TEST(G711Nodes, DecoderRefusesOtherCodecs) {
  NodeHarness h("g711.decode");
  h.connect("in", {{.media = "packet", .codec = "mp3", .rate_hz = 44100, .channels = 2}, 1152});
  const Status status = h.start();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text(), testing::HasSubstr("packet{mp3"));
}

}  // namespace
}  // namespace sluice::dsp
