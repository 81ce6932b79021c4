#include <gtest/gtest.h>

#include "nodes/dsp/signals_for_tests.h"

namespace sluice::dsp {
namespace {

using std::chrono::milliseconds;

struct PaceTest : testing::Test {
  PaceTest() : h("pace") {
    h.connect("in", audio_spec(1000, 1, 10));  // one frame is 1 ms, one block 10 ms
    EXPECT_TRUE(h.start());
  }
  void feed(std::size_t blocks) { h.feed_audio("in", {Channel(blocks * 10, 0.5f)}); }
  // Pulls at this instant until the node waits; returns what it waits for.
  Pull pull_all() {
    for (;;)
      if (const Pull pull = h.pull(); pull.when != Pull::When::again) return pull;
  }
  std::size_t emitted() { return h.out("out").size(); }

  NodeHarness h;
};

TEST_F(PaceTest, EmitsEachBlockWhenItsLastSampleWouldHaveBeenCaptured) {
  const Time start = h.now();
  feed(3);
  for (int block = 1; block <= 3; ++block) {
    const Pull pull = pull_all();
    ASSERT_EQ(pull.when, Pull::When::at);
    EXPECT_EQ(pull.time, start + milliseconds(10 * block));
    EXPECT_EQ(emitted(), static_cast<std::size_t>(block - 1));
    h.clock().advance(milliseconds(10));
  }
  pull_all();
  EXPECT_EQ(emitted(), 3u);
  EXPECT_EQ(h.realtime_violation(), "");
}

TEST_F(PaceTest, StampsTheTimeOfTheFirstSample) {
  const Time start = h.now();
  feed(2);
  pull_all();
  h.clock().advance(milliseconds(20));
  pull_all();
  EXPECT_EQ(h.out("out")[0]->header.capture_time, start);
  EXPECT_EQ(h.out("out")[1]->header.capture_time, start + milliseconds(10));
  EXPECT_EQ(h.out("out")[1]->header.position, 10);
  EXPECT_EQ(h.node().delay(), milliseconds(10));
}

TEST_F(PaceTest, LittleLatenessIsCaughtUp) {
  const Time start = h.now();
  feed(3);
  pull_all();
  h.clock().advance(milliseconds(25));  // blocks 1 and 2 are due, 15 and 5 ms late
  EXPECT_EQ(pull_all().time, start + milliseconds(30));
  EXPECT_EQ(emitted(), 2u);
  EXPECT_EQ(h.counter("reanchored"), 0);
}

TEST_F(PaceTest, AStallMovesTheTimeLineInsteadOfStayingAsLatency) {
  feed(1);
  pull_all();
  h.clock().advance(milliseconds(10));
  EXPECT_EQ(pull_all().when, Pull::When::woken);
  h.clock().advance(milliseconds(500));  // nothing came
  feed(2);
  const Pull pull = pull_all();
  EXPECT_EQ(emitted(), 2u);  // at once
  EXPECT_EQ(pull.time, h.now() + milliseconds(10));
  EXPECT_EQ(h.out("out")[1]->header.capture_time, h.now() - milliseconds(10));
  EXPECT_EQ(h.counter("reanchored"), 1);
  EXPECT_NEAR(h.counter("late_s"), 0.49, 1e-9);
}

TEST_F(PaceTest, ALateStartIsNoLateness) {
  h.clock().advance(std::chrono::seconds(7));
  EXPECT_EQ(pull_all().when, Pull::When::woken);
  feed(1);
  EXPECT_EQ(pull_all().time, h.now() + milliseconds(10));
  EXPECT_EQ(h.counter("reanchored"), 0);
}

TEST_F(PaceTest, ShowsWhichSampleItsClockTookAndWhen) {
  const auto face = h.node().clock_face();
  std::uint64_t seen = 0;
  const Time start = h.now();
  feed(1);
  pull_all();
  EXPECT_FALSE(face->read(seen));
  h.clock().advance(milliseconds(11));
  pull_all();
  const auto reading = face->read(seen);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->capture_time, start);
  EXPECT_EQ(reading->at, start + milliseconds(10)) << "when it was due, though it was called a little late";
}

TEST_F(PaceTest, EndsAfterTheLastBlock) {
  feed(1);
  h.end();
  EXPECT_EQ(pull_all().when, Pull::When::at);
  h.clock().advance(milliseconds(10));
  EXPECT_EQ(pull_all().when, Pull::When::ended);
  EXPECT_EQ(h.audio("out")[0], Channel(10, 0.5f));
}

// An hour at 44.1 kHz in blocks of 441: no drift, whatever the rounding of single blocks.
TEST(Pace, DoesNotDrift) {
  NodeHarness h("pace");
  h.connect("in", audio_spec(44100, 1, 441));
  ASSERT_TRUE(h.start());
  const Time start = h.now();
  for (int block = 1; block <= 3600; ++block) {
    h.feed_audio("in", {Channel(441)});
    const Pull pull = h.pull();
    ASSERT_EQ(pull.time, start + milliseconds(10) * block);
    h.clock().advance(pull.time - h.now());
    ASSERT_EQ(h.pull().when, Pull::When::again);
    h.out("out").clear();
  }
}

}  // namespace
}  // namespace sluice::dsp
