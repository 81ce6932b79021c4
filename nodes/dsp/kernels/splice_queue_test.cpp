#include "nodes/dsp/kernels/splice_queue.h"

#include <gtest/gtest.h>

#include <cmath>

namespace sluice::dsp {
namespace {

constexpr double kRate = 8000;  // a fade is 21 frames

std::vector<float> drain(SpliceQueue& queue) {
  std::vector<float> x;
  while (const std::size_t frames = queue.contiguous()) {
    x.insert(x.end(), queue.front(0), queue.front(0) + frames);
    queue.pop(frames);
  }
  return x;
}

std::size_t push(SpliceQueue& queue, const std::vector<float>& x) {
  return queue.push([&](std::size_t) { return std::span<const float>(x); }, 0, x.size());
}

TEST(SpliceQueue, GivesBackWhatItTookAroundItsEnd) {
  SpliceQueue queue(1, 100, kRate);
  float next = 0, expected = 0;
  for (int n = 0; n < 50; ++n) {
    std::vector<float> x(37);
    for (float& v : x) v = next++;
    ASSERT_EQ(push(queue, x), x.size());
    for (const float v : drain(queue)) ASSERT_EQ(v, expected++);
  }
  EXPECT_EQ(queue.written(), 50 * 37);
  EXPECT_EQ(queue.read(), 50 * 37);
}

TEST(SpliceQueue, TakesNoMoreThanItHolds) {
  SpliceQueue queue(2, 10, kRate);
  EXPECT_EQ(queue.push_silence(7), 7u);
  EXPECT_EQ(push(queue, std::vector<float>(7)), 3u);
  EXPECT_EQ(queue.room(), 0u);
}

TEST(SpliceQueue, FadesOverASpliceInsteadOfClicking) {
  SpliceQueue queue(1, 1000, kRate);
  push(queue, std::vector<float>(100, 1.0f));
  queue.splice();
  queue.push_silence(100);
  queue.splice();
  push(queue, std::vector<float>(100, -1.0f));
  const std::vector<float> x = drain(queue);
  for (std::size_t n = 1; n < x.size(); ++n) ASSERT_LE(std::abs(x[n] - x[n - 1]), 1.0f / 21 + 1e-6f) << n;
  EXPECT_EQ(x[99], 1.0f);
  EXPECT_EQ(x[199], 0.0f);
  EXPECT_EQ(x[299], -1.0f);
}

TEST(SpliceQueue, FadesOverSplicesThatFollowOneAnother) {
  SpliceQueue queue(1, 1000, kRate);
  push(queue, std::vector<float>(50, 1.0f));
  for (int n = 0; n < 10; ++n) {
    queue.splice();
    push(queue, std::vector<float>(5, n % 2 ? 1.0f : -1.0f));
  }
  const std::vector<float> x = drain(queue);
  for (std::size_t n = 1; n < x.size(); ++n) ASSERT_LE(std::abs(x[n] - x[n - 1]), 2.0f / 21 + 1e-6f) << n;
}

}  // namespace
}  // namespace sluice::dsp
