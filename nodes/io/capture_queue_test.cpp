#include "nodes/io/capture_queue.h"

#include <gtest/gtest.h>

#include <numeric>

#include "engine/testing/realtime_trap.h"

namespace sluice::io {
namespace {

using std::chrono::milliseconds;

constexpr Time at_ms(int ms) {
  return Time(milliseconds(ms));
}

// Interleaved frames whose samples count up from `first`.
std::vector<float> ramp(int first, std::size_t frames, std::size_t channels = 1) {
  std::vector<float> x(frames * channels);
  std::iota(x.begin(), x.end(), static_cast<float>(first));
  return x;
}

TEST(CaptureQueue, CutsAnyCallbackSizeIntoEqualBlocks) {
  CaptureQueue queue(8, 10, 2, 1000);
  int next = 0;
  for (const std::size_t frames : {7u, 3u, 1u, 25u, 4u}) {
    queue.accept(ramp(next, frames, 2).data(), frames, at_ms(100 + next / 2), false);
    next += static_cast<int>(frames) * 2;
  }
  int expected = 0;
  for (int block = 0; block < 4; ++block) {
    const CapturedBlock* b = queue.front();
    ASSERT_NE(b, nullptr);
    EXPECT_EQ(b->position, block * 10);
    EXPECT_EQ(b->capture_time, at_ms(100 + block * 10));
    EXPECT_FALSE(b->gap);
    for (const float x : b->interleaved) ASSERT_EQ(x, static_cast<float>(expected++));
    queue.pop();
  }
  EXPECT_EQ(queue.front(), nullptr);
}

TEST(CaptureQueue, SaysWhenABlockIsComplete) {
  CaptureQueue queue(4, 10, 1, 1000);
  EXPECT_FALSE(queue.accept(ramp(0, 9).data(), 9, at_ms(0), false));
  EXPECT_TRUE(queue.accept(ramp(9, 1).data(), 1, at_ms(9), false));
}

TEST(CaptureQueue, ASlowGraphLosesWholeFramesAndIsTold) {
  CaptureQueue queue(2, 10, 1, 1000);
  queue.accept(ramp(0, 45).data(), 45, at_ms(0), false);  // 20 frames fit
  EXPECT_EQ(queue.lost_frames(), 25u);
  EXPECT_EQ(queue.xruns(), 1u);
  queue.accept(ramp(45, 5).data(), 5, at_ms(45), false);  // the same loss goes on
  EXPECT_EQ(queue.xruns(), 1u);
  queue.pop();
  queue.accept(ramp(50, 10).data(), 10, at_ms(50), false);
  queue.pop();
  const CapturedBlock* b = queue.front();
  ASSERT_NE(b, nullptr);
  EXPECT_TRUE(b->gap);
  EXPECT_EQ(b->position, 50);  // lost frames count
  EXPECT_EQ(b->interleaved[0], 50.0f);
}

TEST(CaptureQueue, ADeviceOverflowMarksTheNextBlock) {
  CaptureQueue queue(4, 10, 1, 1000);
  queue.accept(ramp(0, 10).data(), 10, at_ms(0), false);
  queue.accept(ramp(10, 20).data(), 20, at_ms(30), true);
  EXPECT_EQ(queue.xruns(), 1u);
  EXPECT_FALSE(queue.front()->gap);
  queue.pop();
  EXPECT_TRUE(queue.front()->gap);
  queue.pop();
  EXPECT_FALSE(queue.front()->gap);
}

TEST(CaptureQueue, CaptureTimesNeverGoBack) {
  CaptureQueue queue(8, 10, 1, 1000);
  for (const int jitter : {0, 9, 2, 31, 30}) queue.accept(ramp(0, 10).data(), 10, at_ms(jitter), false);
  Time last = Time::min();
  while (const CapturedBlock* b = queue.front()) {
    EXPECT_GE(b->capture_time, last);
    last = b->capture_time;
    queue.pop();
  }
  EXPECT_EQ(last, at_ms(31));
}

TEST(CaptureQueue, ADeviceWithoutDataGivesSilence) {
  CaptureQueue queue(2, 4, 1, 1000);
  queue.accept(nullptr, 4, at_ms(0), false);
  EXPECT_EQ(queue.front()->interleaved, std::vector<float>(4));
}

TEST(CaptureQueue, TheCallbackSideIsRealTimeSafe) {
  CaptureQueue queue(4, 10, 2, 1000);
  const std::vector<float> x = ramp(0, 100, 2);
  RealtimeTrap trap;
  queue.accept(x.data(), 100, at_ms(0), true);
  EXPECT_EQ(trap.violations(), 0) << trap.first_call();
}

}  // namespace
}  // namespace sluice::io
