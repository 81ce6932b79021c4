#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tuple>

#include "nodes/dsp/signals_for_tests.h"

namespace sluice::dsp {
namespace {

struct Converted {
  Channel samples;
  std::vector<BlockHeader> headers;
  double delay_s;
};

Converted convert(const Channel& x, int from, int to, std::int64_t block, const char* quality = "high") {
  NodeHarness h("resample");
  EXPECT_TRUE(h.set("rate", std::to_string(to)) && h.set("quality", quality));
  h.connect("in", audio_spec(from, 1, block));
  EXPECT_TRUE(h.start());
  h.feed_audio("in", {x});
  h.end();
  EXPECT_EQ(h.realtime_violation(), "") << from << " to " << to;
  Converted result{h.audio("out")[0], {}, seconds(h.node().delay())};
  for (const BlockRef& b : h.out("out")) result.headers.push_back(b->header);
  return result;
}

class ResampleRates : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(ResampleRates, KeepASineInPlaceWith100dB) {
  const auto [from, to] = GetParam();
  const auto frames = static_cast<std::size_t>(from);  // 1 s
  const Converted y = convert(sine(997, from, frames), from, to, from / 100);
  EXPECT_EQ(y.samples.size(), static_cast<std::size_t>(to));  // length is right, tail included
  const auto edge = static_cast<std::size_t>(to / 20);        // the sine starts and ends abruptly
  EXPECT_GT(snr_db(sine(997, to, y.samples.size()), y.samples, edge, y.samples.size() - edge), 100);
}

TEST_P(ResampleRates, NumberPositionsWithoutGaps) {
  const auto [from, to] = GetParam();
  const Converted y = convert(Channel(static_cast<std::size_t>(from)), from, to, from / 100);
  std::int64_t position = 0;
  for (const BlockHeader& header : y.headers) {
    ASSERT_EQ(header.position, position);
    position += header.frames;
  }
}

INSTANTIATE_TEST_SUITE_P(Common, ResampleRates,
                         testing::Values(std::tuple(48000, 44100), std::tuple(44100, 48000), std::tuple(16000, 44100),
                                         std::tuple(44100, 16000), std::tuple(8000, 48000), std::tuple(48000, 8000),
                                         std::tuple(44100, 22050)));

TEST(Resample, SamplesDoNotDependOnTheBlockSize) {
  const Channel x = seeded_noise(20000, 3);
  const Channel whole = convert(x, 48000, 44100, 480).samples, odd = convert(x, 48000, 44100, 331).samples;
  ASSERT_EQ(whole.size(), odd.size());
  EXPECT_GT(snr_db(whole, odd, 0, whole.size()), 120);
}

TEST(Resample, EqualRatesPassBitExactly) {
  const Channel x = seeded_noise(5000, 4);
  const Converted y = convert(x, 48000, 48000, 480);
  EXPECT_EQ(y.samples, x);
  EXPECT_EQ(y.delay_s, 0);
}

TEST(Resample, RemovesWhatTheNewRateCannotCarry) {
  const Channel y = convert(sine(15000, 48000, 48000), 48000, 16000, 480).samples;
  EXPECT_LT(rms_db(Channel(y.begin() + 1600, y.end() - 1600)), -100);
}

// Feeds one block per 10 ms of the clock: no output sample comes later than the delay that configure() declared.
TEST(Resample, DeclaredDelayIsReachedAndNotExceeded) {
  for (const auto& [from, to] : {std::pair(48000, 44100), std::pair(16000, 44100), std::pair(44100, 16000)}) {
    NodeHarness h("resample");
    ASSERT_TRUE(h.set("rate", std::to_string(to)));
    h.connect("in", audio_spec(from, 1, from / 100));
    ASSERT_TRUE(h.start());
    Duration worst{};
    for (int block = 0; block < 200; ++block) {
      h.feed_audio("in", {Channel(static_cast<std::size_t>(from / 100))});
      for (const BlockRef& b : h.out("out")) worst = std::max(worst, h.now() - b->header.capture_time);
      h.out("out").clear();
      h.clock().advance(std::chrono::milliseconds(10));
    }
    // Capture times here are arrival times; samples late in a block are up to one block younger.
    EXPECT_LE(worst, h.node().delay() + std::chrono::milliseconds(10)) << from;
    EXPECT_GE(worst, h.node().delay() - std::chrono::milliseconds(10)) << from;
  }
}

TEST(Resample, CaptureTimesFollowTheInputs) {
  NodeHarness h("resample");
  ASSERT_TRUE(h.set("rate", "44100"));
  h.connect("in", audio_spec(48000, 1, 480));
  ASSERT_TRUE(h.start());
  const Time start = h.now();
  for (int block = 0; block < 100; ++block) {
    h.feed_audio("in", {Channel(480)});
    h.clock().advance(std::chrono::milliseconds(10));
  }
  for (const BlockRef& b : h.out("out")) {
    const Duration expected = frames_to_duration(static_cast<double>(b->header.position), 44100);
    EXPECT_NEAR(seconds(b->header.capture_time - start), seconds(expected), 1e-6);
  }
}

TEST(Resample, AGapIsPassedOnAtItsPlace) {
  NodeHarness h("resample");
  ASSERT_TRUE(h.set("rate", "24000"));
  h.connect("in", audio_spec(48000, 1, 480));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {Channel(48000)});
  BlockPool pool({.channels = 1, .frames = 480, .sample_bytes = 4}, 1);
  for (int block = 0; block < 100; ++block) {
    BlockRef late = pool.take();
    std::ranges::fill(late->channel(0), 0.0f);
    late->header.sequence = 100 + static_cast<std::uint64_t>(block);  // 100 blocks came before
    late->header.position = 48000 + 4800 + block * 480;               // 100 ms are missing
    late->header.flags = block == 0 ? kDiscontinuity : 0u;
    h.feed("in", std::move(late));
  }
  h.end();
  int gaps = 0;
  std::int64_t last_end = 0;
  for (const BlockRef& b : h.out("out")) {
    if (b->discontinuity()) {
      ++gaps;
      EXPECT_EQ(b->header.position - last_end, 2400);
      EXPECT_NEAR(static_cast<double>(b->header.position), 24000 + 2400, 480);
    }
    last_end = b->header.position + b->header.frames;
  }
  EXPECT_EQ(gaps, 1);
  EXPECT_EQ(last_end, 24000 + 2400 + 24000);
}

TEST(Resample, CarriesEveryChannel) {
  NodeHarness h("resample");
  ASSERT_TRUE(h.set("rate", "48000"));
  h.connect("in", audio_spec(44100, 3, 441));
  ASSERT_TRUE(h.start());
  h.feed_audio("in", {sine(300, 44100, 44100), sine(500, 44100, 44100), sine(700, 44100, 44100)});
  h.end();
  const Audio y = h.audio("out");
  ASSERT_EQ(y.size(), 3u);
  for (std::size_t c = 0; c < 3; ++c)
    EXPECT_GT(snr_db(sine(300 + 200 * static_cast<double>(c), 48000, 48000), y[c], 2400, 45600), 100) << c;
}

TEST(Resample, AStreamShorterThanTheFilterComesOutWhole) {
  EXPECT_EQ(convert(Channel(7, 0.5f), 44100, 48000, 441).samples.size(), 8u);
}

}  // namespace
}  // namespace sluice::dsp
