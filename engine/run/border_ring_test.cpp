#include "engine/run/border_ring.h"

#include <gtest/gtest.h>

#include <thread>

#include "engine/stream/pool.h"

namespace sluice {
namespace {

BlockRef numbered(BlockPool& pool, std::uint64_t n) {
  BlockRef block = pool.take();
  block->header.sequence = n;
  return block;
}

TEST(BorderRing, KeepsOrderAndRefusesWhenFull) {
  BlockPool pool({.bytes = 16}, 8);
  BorderRing ring(4);
  for (std::uint64_t n = 0; n < 4; ++n) {
    BlockRef block = numbered(pool, n);
    EXPECT_TRUE(ring.push(block));
  }
  BlockRef fifth = numbered(pool, 4);
  EXPECT_FALSE(ring.push(fifth));
  EXPECT_TRUE(fifth);
  for (std::uint64_t n = 0; n < 4; ++n) EXPECT_EQ(ring.pop()->header.sequence, n);
  EXPECT_FALSE(ring.pop());
}

TEST(BorderRing, LosesNothingAndDuplicatesNothingWhileTheProducerEvicts) {
  constexpr std::uint64_t kBlocks = 100'000;
  BlockPool pool({.bytes = 16}, 64);
  BorderRing ring(8);
  std::atomic<bool> done{false};
  std::uint64_t consumed = 0, last = 0;
  bool ordered = true;
  std::thread consumer([&] {
    for (;;) {
      const bool finished = done.load();
      while (BlockRef block = ring.pop()) {
        ordered = ordered && (consumed == 0 || block->header.sequence > last);
        last = block->header.sequence;
        ++consumed;
      }
      if (finished) return;
    }
  });
  std::uint64_t evicted = 0;
  for (std::uint64_t n = 0; n < kBlocks; ++n) {
    BlockRef block = numbered(pool, n);
    while (!ring.push(block)) evicted += ring.evict() ? 1 : 0;
  }
  done.store(true);
  consumer.join();
  EXPECT_TRUE(ordered);
  EXPECT_EQ(consumed + evicted, kBlocks);
}

}  // namespace
}  // namespace sluice
