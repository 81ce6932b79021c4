#include "nodes/net/frame_queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace sluice::net {
namespace {

TEST(FrameQueue, KeepsOrderAndContent) {
  FrameQueue queue(4);
  const std::vector<std::uint8_t> a(3, 1), b(kMaxFrameBytes, 2);
  EXPECT_TRUE(queue.push({.bytes = a, .capture_time = Time{std::chrono::seconds(1)}, .independent = true}));
  EXPECT_TRUE(queue.push({.bytes = b}));
  EXPECT_EQ(queue.front().bytes.size(), 3u);
  EXPECT_TRUE(queue.front().independent);
  queue.pop();
  EXPECT_EQ(queue.front().bytes.size(), kMaxFrameBytes);
  queue.pop();
  EXPECT_TRUE(queue.empty());
}

TEST(FrameQueue, MarksTheFrameAfterALoss) {
  FrameQueue queue(2);
  const std::vector<std::uint8_t> frame(10, 1), too_large(kMaxFrameBytes + 1);
  EXPECT_TRUE(queue.push({.bytes = frame}));
  EXPECT_FALSE(queue.push({.bytes = too_large}));
  EXPECT_TRUE(queue.push({.bytes = frame}));
  EXPECT_FALSE(queue.push({.bytes = frame}));  // full
  EXPECT_FALSE(queue.front().discontinuity);
  queue.pop();
  EXPECT_TRUE(queue.front().discontinuity);
  queue.pop();
  EXPECT_TRUE(queue.push({.bytes = frame}));
  EXPECT_TRUE(queue.front().discontinuity);
}

TEST(FrameQueue, PassesEveryFrameBetweenTwoThreads) {
  constexpr std::uint32_t kFrames = 50'000;
  FrameQueue queue(8);
  std::thread producer([&] {
    for (std::uint32_t i = 0; i < kFrames; ++i) {
      const std::vector<std::uint8_t> frame(1 + i % 97, static_cast<std::uint8_t>(i));
      while (!queue.push({.bytes = frame})) std::this_thread::yield();
    }
  });
  std::uint32_t wrong = 0;
  for (std::uint32_t i = 0; i < kFrames; ++i) {
    while (queue.empty()) std::this_thread::yield();
    const auto bytes = queue.front().bytes;
    wrong += bytes.size() != 1 + i % 97 || bytes.back() != static_cast<std::uint8_t>(i);
    queue.pop();
  }
  producer.join();
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace sluice::net
