#include "engine/stream/pool.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <thread>

namespace sluice {
namespace {

BlockShape stereo(std::size_t frames) {
  return {.channels = 2, .frames = frames, .sample_bytes = sizeof(float)};
}

TEST(BlockPool, GivesAlignedChannelsThatDoNotOverlap) {
  BlockPool pool(stereo(441), 2);
  BlockRef block = pool.take();
  ASSERT_EQ(block->channel(0).size(), 441u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block->channel(0).data()) % Block::kAlignment, 0u);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block->channel(1).data()) % Block::kAlignment, 0u);
  EXPECT_GE(block->channel(1).data(), block->channel(0).data() + 441);
}

TEST(BlockPool, RecyclesInsteadOfGrowing) {
  BlockPool pool(stereo(64), 2);
  for (int n = 0; n < 100; ++n) {
    BlockRef a = pool.take(), b = pool.take();
  }
  EXPECT_EQ(pool.grown(), 0u);
}

TEST(BlockPool, GrowsAndCountsWhenExhausted) {
  BlockPool pool(stereo(64), 1);
  BlockRef a = pool.take(), b = pool.take();
  EXPECT_NE(a.get(), b.get());
  EXPECT_EQ(pool.grown(), 1u);
}

TEST(BlockRef, KnowsItsOnlyHolder) {
  BlockPool pool(stereo(64), 1);
  BlockRef a = pool.take();
  EXPECT_TRUE(a->unique());
  {
    const BlockRef b = a;
    EXPECT_FALSE(a->unique());
  }
  EXPECT_TRUE(a->unique());
}

TEST(BlockPool, TakesBackBlocksFromOtherThreads) {
  BlockPool pool({.bytes = 64}, 4);
  for (int round = 0; round < 200; ++round) {
    BlockRef a = pool.take(), b = pool.take();
    std::thread one([block = std::move(a)]() mutable { block.reset(); });
    std::thread two([block = std::move(b)]() mutable { block.reset(); });
    one.join();
    two.join();
  }
  EXPECT_EQ(pool.grown(), 0u);
}

}  // namespace
}  // namespace sluice
