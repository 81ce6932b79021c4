#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/dsp/signals_for_tests.h"

namespace sluice::dsp {
namespace {

TEST(Mix, SumsItsInputs) {
  NodeHarness h("mix");
  h.connect("in", audio_spec(48000, 2, 100));
  h.connect("in", audio_spec(48000, 2, 100));
  ASSERT_TRUE(h.start());
  const Channel a = seeded_noise(1000, 1), b = seeded_noise(1000, 2);
  h.feed_audio("in1", {a, b});
  h.feed_audio("in2", {b, b});
  h.end();
  const Audio y = h.audio("out");
  ASSERT_EQ(y[0].size(), 1000u);
  for (std::size_t n = 0; n < 1000; ++n) {
    ASSERT_EQ(y[0][n], a[n] + b[n]);
    ASSERT_EQ(y[1][n], b[n] + b[n]);
  }
  EXPECT_EQ(h.realtime_violation(), "");
}

TEST(Mix, AlignsInputsOfDifferentBlockSizes) {
  NodeHarness h("mix");
  h.connect("in", audio_spec(48000, 1, 128));
  h.connect("in", audio_spec(48000, 1, 77));
  ASSERT_TRUE(h.start());
  const Channel a = seeded_noise(1000, 1), b = seeded_noise(1000, 2);
  for (std::size_t n = 0; n < 1000; n += 200) {
    const auto part = [n](const Channel& x) {
      return Channel(x.begin() + static_cast<std::ptrdiff_t>(n), x.begin() + static_cast<std::ptrdiff_t>(n + 200));
    };
    h.feed_audio("in1", {part(a)});
    h.feed_audio("in2", {part(b)});
  }
  h.end();
  const Channel y = h.audio("out")[0];
  ASSERT_EQ(y.size(), 1000u);
  for (std::size_t n = 0; n < 1000; ++n) ASSERT_EQ(y[n], a[n] + b[n]) << n;
  std::int64_t position = 0;
  for (const BlockRef& block : h.out("out")) {
    EXPECT_EQ(block->header.position, position);
    position += block->header.frames;
  }
}

TEST(Mix, AnEndedInputIsSilence) {
  NodeHarness h("mix");
  h.connect("in", audio_spec(48000, 1, 100));
  h.connect("in", audio_spec(48000, 1, 100));
  ASSERT_TRUE(h.start());
  h.feed_audio("in1", {Channel(150, 0.25f)});
  h.feed_audio("in2", {Channel(400, 0.5f)});
  EXPECT_EQ(h.audio("out")[0].size(), 150u);  // waits for input 1
  h.end();
  const Channel y = h.audio("out")[0];
  ASSERT_EQ(y.size(), 400u);
  EXPECT_EQ(y[149], 0.75f);
  EXPECT_EQ(y[150], 0.5f);
}

TEST(Mix, RefusesInputsOfDifferentFormats) {
  NodeHarness h("mix");
  h.connect("in", audio_spec(48000, 2));
  h.connect("in", audio_spec(44100, 2));
  const Status status = h.start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().where, "in2");
  EXPECT_THAT(status.error().message, testing::HasSubstr("44100 Hz"));
}

}  // namespace
}  // namespace sluice::dsp
