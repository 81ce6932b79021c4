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

// The island whose turn the test thread plays.
class Turns : public testing::Test {
 protected:
  ~Turns() override { running_turn.end(); }
  int island_ = 0;
  BlockPool pool_{stereo(64), 1, &island_};
};

TEST_F(Turns, ABlockGivenBackInATurnIsTheNextToBeTaken) {
  running_turn.begin(&island_);
  BlockRef a = pool_.take();
  const Block* first = a.get();
  a.reset();
  EXPECT_EQ(pool_.take().get(), first);
  EXPECT_EQ(pool_.grown(), 0u);
}

TEST_F(Turns, ASharedBlockIsFreeWithItsLastReferenceOfTheTurn) {
  running_turn.begin(&island_);
  BlockRef a = pool_.take(), b = a, c = a;
  a.reset();
  EXPECT_FALSE(b->unique());
  b.reset();
  EXPECT_TRUE(c->unique()) << "what the turn has dropped does not count, though it is not subtracted yet";
  c.reset();
  EXPECT_TRUE(pool_.take());
  EXPECT_EQ(pool_.grown(), 0u);
}

TEST_F(Turns, WhatATurnHasDroppedIsSubtractedAtItsEnd) {
  running_turn.begin(&island_);
  BlockRef a = pool_.take(), abroad = a;
  a.reset();
  running_turn.end();
  EXPECT_TRUE(abroad->unique());
  std::thread([block = std::move(abroad)]() mutable { block.reset(); }).join();
  EXPECT_TRUE(pool_.take());
  EXPECT_EQ(pool_.grown(), 0u);
}

TEST_F(Turns, ABlockWhoseOtherHolderLetGoMeanwhileGoesHomeAtTheEndOfTheTurn) {
  running_turn.begin(&island_);
  BlockRef a = pool_.take(), abroad = a;
  a.reset();
  std::thread([block = std::move(abroad)]() mutable { block.reset(); }).join();
  running_turn.end();
  EXPECT_TRUE(pool_.take());
  EXPECT_EQ(pool_.grown(), 0u);
}

}  // namespace
}  // namespace sluice
