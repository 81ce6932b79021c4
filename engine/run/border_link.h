// A border at run time: the ring between two islands, its credits, and what happens when they are used up.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "engine/graph/plan.h"
#include "engine/run/border_ring.h"

namespace sluice {

// Producer's calls: deliver(), open(), retry(), end(). Consumer's calls: take(), done(), finished(). Any thread:
// depth(), shed(), replaced(). Under `wait` a block holds its credit until the consumer is done with it.
//
// Where blocks are dropped, every block that was delivered is given to the consumer, or counted as dropped, or waits:
//   shed    the oldest makes room for the newest
//   latest  one waits, and an independent newer one takes its place; one that needs it is dropped itself
// and what depends on a dropped block is dropped as well, up to the next independent block, whose sequence number tells
// of the gap. In a stream that never had an independent block all are taken as such.
class BorderLink final : public Delivery {
 public:
  // Under `shed`, blocks older than `max_age` are not worth the work any more.
  BorderLink(const Border& border, const Clock& clock, std::optional<Duration> max_age);

  // Who is told: the consumer that a block waits, the producer that credits came free, the session that `fail` struck.
  void connect(std::function<void()> wake_consumer, std::function<void()> wake_producer, std::function<void()> overrun);

  void deliver(BlockRef block) noexcept override;
  // True when the producer may send one more. When false under `wait`, the producer will be woken.
  bool open() noexcept;
  // Sends what did not fit; true when nothing is left.
  bool retry() noexcept;
  void end() noexcept;

  // The oldest block that is still worth the work; empty when there is none. Drops blocks that are too old, and what
  // depends on one that was dropped.
  BlockRef take() noexcept;
  // The block that take() gave last is worked off.
  void done() noexcept;
  bool finished() const noexcept {
    return ended_.load(std::memory_order_acquire);
  }  // read before take(): then empty means the end

  // Gives `port` everything that waits. Neither end may run meanwhile.
  void empty_into(InPort& port) noexcept;

  std::size_t depth() const noexcept { return ring_.size(); }
  std::uint64_t shed() const noexcept { return policy_ == Overload::latest ? 0 : dropped(); }
  std::uint64_t replaced() const noexcept { return policy_ == Overload::latest ? dropped() : 0; }

 private:
  static constexpr std::uint64_t kNothing = ~std::uint64_t{0};

  bool refill() noexcept;  // moves what spilled into the ring; true when nothing is left
  bool has_credit() const noexcept;
  bool make_room(const Block& next) noexcept;
  bool worth_giving(const Block& block) noexcept;
  bool independent(const Block& block) const noexcept {
    return block.has(kIndependent) || !marked_.load(std::memory_order_relaxed);
  }
  void count_drop() noexcept { dropped_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

  const Overload policy_;
  const std::size_t credits_;
  const Clock& clock_;
  const std::optional<Duration> max_age_;
  BorderRing ring_;
  std::vector<BlockRef> spill_;  // blocks of one call beyond the ring's capacity; `wait` loses nothing
  std::size_t spilled_ = 0;      // of them, already in the ring
  std::atomic<bool> in_work_{false};
  bool end_pending_ = false;
  std::atomic<bool> ended_{false}, producer_waits_{false};
  std::atomic<bool> marked_{false};  // an independent block was delivered; before the block is in the ring
  std::atomic<std::uint64_t> first_{
      kNothing};                             // sequence number of the first block delivered; before it is in the ring
  std::optional<std::uint64_t> expected_{};  // of the consumer: the sequence number that continues what it has
  std::atomic<std::uint64_t> dropped_{0};
  std::function<void()> wake_consumer_, wake_producer_, overrun_;
};

}  // namespace sluice
