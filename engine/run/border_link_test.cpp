#include "engine/run/border_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <random>

#include "engine/stream/pool.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

// Stands still until moved. (The one of engine/testing lies above this room.)
class StillClock final : public Clock {
 public:
  Time now() const noexcept override { return time; }
  Time time{1s};
};

// A border whose two ends are on one thread.
class Bench {
 public:
  explicit Bench(Overload policy, std::size_t credits, std::optional<Duration> max_age = {})
      : link({.link = 0, .on_overrun = policy, .credits = credits, .why = ""}, clock, max_age) {
    link.connect([this] { ++consumer_wakes; }, [this] { ++producer_wakes; }, [this] { ++overruns; });
  }
  void send(std::uint32_t flags = kIndependent) {
    BlockRef block = pool_.take();
    block->header = {.capture_time = clock.time, .sequence = sent++, .position = 0, .frames = 1, .flags = flags};
    link.deliver(std::move(block));
  }
  void send(int count) {
    for (int n = 0; n < count; ++n) send();
  }
  // Numbers of all blocks that can be had.
  std::vector<std::uint64_t> drain() {
    std::vector<std::uint64_t> numbers;
    while (const BlockRef block = link.take()) numbers.push_back(block->header.sequence);
    return numbers;
  }

 private:
  BlockPool pool_{{.channels = 1, .frames = 1, .sample_bytes = 4}, 16};  // outlives the link's blocks

 public:
  StillClock clock;
  BorderLink link;
  std::uint64_t sent = 0;
  int consumer_wakes = 0, producer_wakes = 0, overruns = 0;
};

TEST(BorderLink, GivesBlocksInOrderAndWakesTheConsumerForEach) {
  Bench bench(Overload::wait, 4);
  bench.send(3);
  EXPECT_EQ(bench.consumer_wakes, 3);
  EXPECT_EQ(bench.link.depth(), 3u);
  EXPECT_THAT(bench.drain(), ElementsAre(0, 1, 2));
}

TEST(BorderLink, UnderWaitClosesWhenItsCreditsAreUsedAndWakesTheProducerOnce) {
  Bench bench(Overload::wait, 2);
  EXPECT_TRUE(bench.link.open());
  bench.send(2);
  EXPECT_FALSE(bench.link.open());
  EXPECT_EQ(bench.producer_wakes, 0);
  bench.link.take();
  EXPECT_EQ(bench.producer_wakes, 0) << "the block is in work: both are still in flight";
  EXPECT_FALSE(bench.link.open());
  bench.link.done();
  EXPECT_EQ(bench.producer_wakes, 1);
  EXPECT_TRUE(bench.link.open());
  bench.link.take();
  bench.link.done();
  EXPECT_EQ(bench.producer_wakes, 1) << "nobody was waiting";
}

TEST(BorderLink, UnderLatestTheNewestTakesThePlaceOfTheOneThatWaits) {
  Bench bench(Overload::latest, 1);
  bench.send(5);
  EXPECT_TRUE(bench.link.open()) << "nobody is held up";
  EXPECT_THAT(bench.drain(), ElementsAre(4));
  EXPECT_EQ(bench.link.replaced(), 4u);
  EXPECT_EQ(bench.link.shed(), 0u) << "that is no loss";
}

TEST(BorderLink, UnderWaitABurstBeyondTheRingIsKeptInOrder) {
  Bench bench(Overload::wait, 2);
  bench.send(200);
  EXPECT_FALSE(bench.link.open());
  std::vector<std::uint64_t> numbers;
  while (numbers.size() < 200) {
    const auto part = bench.drain();
    ASSERT_FALSE(part.empty());
    numbers.insert(numbers.end(), part.begin(), part.end());
    bench.link.retry();
  }
  for (std::uint64_t n = 0; n < 200; ++n) EXPECT_EQ(numbers[n], n);
  EXPECT_EQ(bench.link.shed(), 0u);
}

TEST(BorderLink, WhatDidNotFitWakesTheConsumerWhenItIsSent) {
  Bench bench(Overload::wait, 2);
  bench.send(100);
  bench.drain();
  const int before = bench.consumer_wakes;
  EXPECT_TRUE(bench.link.retry());
  EXPECT_GT(bench.consumer_wakes, before) << "it had gone to sleep";
  EXPECT_EQ(bench.drain().size() + 64, 100u);
}

TEST(BorderLink, TheEndComesAfterTheLastBlockOfABurst) {
  Bench bench(Overload::wait, 2);
  bench.send(100);
  bench.link.end();
  EXPECT_FALSE(bench.link.finished());
  std::size_t taken = bench.drain().size();
  EXPECT_TRUE(bench.link.retry());
  EXPECT_TRUE(bench.link.finished());
  taken += bench.drain().size();
  EXPECT_EQ(taken, 100u);
}

TEST(BorderLink, UnderShedKeepsTheNewestAndCountsTheRest) {
  Bench bench(Overload::shed, 3);
  bench.send(10);
  EXPECT_TRUE(bench.link.open()) << "nobody waits";
  EXPECT_EQ(bench.link.shed(), 7u);
  EXPECT_THAT(bench.drain(), ElementsAre(7, 8, 9));
}

TEST(BorderLink, UnderShedABlockOlderThanAllowedIsNotGiven) {
  Bench bench(Overload::shed, 8, 20ms);
  bench.send(2);
  bench.clock.time += 15ms;
  bench.send(2);
  bench.clock.time += 5ms;
  EXPECT_EQ(bench.link.take()->header.sequence, 0u) << "just in time";
  bench.clock.time += 1ns;
  EXPECT_EQ(bench.link.take()->header.sequence, 2u);
  EXPECT_EQ(bench.link.shed(), 1u);
  bench.clock.time += 1h;
  EXPECT_FALSE(bench.link.take());
  EXPECT_EQ(bench.link.shed(), 2u);
}

TEST(BorderLink, ABlockThatItsNeighboursNeedIsNotShedForItsAge) {
  Bench bench(Overload::shed, 8, 20ms);
  bench.send(std::uint32_t{0});
  bench.send();
  bench.clock.time += 1h;
  EXPECT_EQ(bench.link.take()->header.sequence, 0u);
  EXPECT_FALSE(bench.link.take());
}

TEST(BorderLink, UnderFailAFullBorderIsReported) {
  Bench bench(Overload::fail, 2);
  bench.send(2);
  EXPECT_EQ(bench.overruns, 0);
  bench.send();
  EXPECT_EQ(bench.overruns, 1);
}

// Numbers of independent blocks in a stream where only each fifth is.
constexpr std::uint64_t kEach = 5;

void send_one(Bench& bench) {
  bench.send(bench.sent % kEach == 0 ? std::uint32_t{kIndependent} : 0u);
}

TEST(BorderLink, UnderShedWhatDependsOnADroppedBlockIsDroppedAsWell) {
  Bench bench(Overload::shed, 4);
  for (int n = 0; n < 7; ++n) send_one(bench);  // 0 1 2 are shed for want of room; 3 and 4 need them
  EXPECT_THAT(bench.drain(), ElementsAre(5, 6));
  EXPECT_EQ(bench.link.shed(), 5u);
  for (int n = 0; n < 3; ++n) send_one(bench);
  EXPECT_THAT(bench.drain(), ElementsAre(7, 8, 9)) << "nothing is missing before them";
  EXPECT_EQ(bench.link.shed(), 5u);
}

TEST(BorderLink, UnderShedWhatDependsOnABlockThatCameTooLateIsDroppedAsWell) {
  Bench bench(Overload::shed, 8, 20ms);
  for (int n = 0; n < 5; ++n) send_one(bench);
  bench.clock.time += 1h;
  send_one(bench);
  EXPECT_THAT(bench.drain(), ElementsAre(5));
  EXPECT_EQ(bench.link.shed(), 5u);
}

TEST(BorderLink, AStreamWithoutIndependentBlocksIsShedBlockByBlock) {
  Bench bench(Overload::shed, 2);
  for (int n = 0; n < 5; ++n) bench.send(std::uint32_t{0});
  EXPECT_THAT(bench.drain(), ElementsAre(3, 4));
  EXPECT_EQ(bench.link.shed(), 3u);
}

TEST(BorderLink, UnderLatestABlockIsNotReplacedByOneThatNeedsIt) {
  Bench bench(Overload::latest, 1);
  for (int n = 0; n < 4; ++n) send_one(bench);  // 0 waits, 1 2 3 need it
  EXPECT_THAT(bench.drain(), ElementsAre(0));
  send_one(bench);
  EXPECT_THAT(bench.drain(), ElementsAre()) << "4 needs those that were dropped";
  send_one(bench);
  EXPECT_THAT(bench.drain(), ElementsAre(5));
  EXPECT_EQ(bench.link.replaced(), 4u);
}

// Under any load: in order, no block that depends on a missing one, and every block accounted for.
TEST(BorderLink, NeverGivesABlockWithoutWhatItDependsOnAndCountsExactly) {
  for (const auto policy : {Overload::shed, Overload::latest})
    for (const unsigned seed : {1u, 2u, 3u, 4u}) {
      std::minstd_rand random(seed);
      Bench bench(policy, policy == Overload::latest ? 1 : 3,
                  policy == Overload::shed ? std::optional(20ms) : std::nullopt);
      std::uint64_t given = 0;
      std::optional<std::uint64_t> last;
      for (int step = 0; step < 20'000; ++step) {
        bench.clock.time += std::chrono::microseconds(random() % 4000);
        if (random() % 5 < 3) {
          send_one(bench);
          continue;
        }
        const BlockRef block = bench.link.take();
        if (!block) continue;
        const std::uint64_t number = block->header.sequence;
        ASSERT_TRUE(!last || number > *last);
        ASSERT_TRUE(number % kEach == 0 || number == *last + 1) << number;
        last = number;
        ++given;
      }
      EXPECT_EQ(given + bench.link.shed() + bench.link.replaced() + bench.link.depth(), bench.sent);
      EXPECT_GT(given, 1000u);
      EXPECT_GT(bench.link.shed() + bench.link.replaced(), 1000u);
    }
}

// A literal model beside it: every block sent is given in order, or shed for its age or for want of room.
TEST(BorderLink, UnderAnyLoadDeliversNothingOldAndCountsExactly) {
  constexpr Duration kMaxAge = 20ms;
  for (const unsigned seed : {1u, 2u, 3u, 4u}) {
    std::minstd_rand random(seed);
    Bench bench(Overload::shed, 4, kMaxAge);
    std::deque<std::pair<std::uint64_t, Time>> model;
    std::uint64_t given = 0, shed = 0;
    for (int step = 0; step < 20'000; ++step) {
      bench.clock.time += std::chrono::microseconds(random() % 4000);
      if (random() % 5 < 3) {
        if (model.size() == 4) {
          model.pop_front();
          ++shed;
        }
        model.emplace_back(bench.sent, bench.clock.time);
        bench.send();
        continue;
      }
      while (!model.empty() && bench.clock.time - model.front().second > kMaxAge) {
        model.pop_front();
        ++shed;
      }
      const BlockRef block = bench.link.take();
      ASSERT_EQ(static_cast<bool>(block), !model.empty());
      if (!block) continue;
      ASSERT_EQ(block->header.sequence, model.front().first);
      ASSERT_LE(bench.clock.time - block->header.capture_time, kMaxAge);
      model.pop_front();
      ++given;
    }
    EXPECT_EQ(bench.link.shed(), shed);
    EXPECT_EQ(given + shed + bench.link.depth(), bench.sent);
    EXPECT_GT(given, 1000u);
    EXPECT_GT(shed, 1000u);
  }
}

}  // namespace
}  // namespace sluice
