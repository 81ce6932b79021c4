// A bounded ring of blocks between two islands: one producer, one consumer; the producer may also evict the oldest.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/stream/block.h"

namespace sluice {

// Where the producer evicts, both pop() and evict() take the oldest block by advancing `head_` with compare-and-swap;
// the winner owns the block. `head_` and `tail_` only grow, so a stale read can never win. Elsewhere the consumer alone
// advances `head_`. Lock-free, realtime-safe.
class BorderRing {
 public:
  enum class Evicts { never, sometimes };

  explicit BorderRing(std::size_t capacity, Evicts evicts = Evicts::sometimes)
      : mask_(std::bit_ceil(capacity) - 1),
        evicts_(evicts),
        slots_(std::make_unique<std::atomic<Block*>[]>(mask_ + 1)) {}
  ~BorderRing() {
    while (pop()) {
    }
  }
  BorderRing(const BorderRing&) = delete;
  BorderRing& operator=(const BorderRing&) = delete;

  std::size_t capacity() const noexcept { return mask_ + 1; }
  std::size_t size() const noexcept {
    const std::uint64_t head = head_.load(std::memory_order_acquire);  // first: tail may only be ahead of it
    return static_cast<std::size_t>(tail_.load(std::memory_order_acquire) - head);
  }

  // Producer. False, and `block` untouched, when full.
  bool push(BlockRef& block) noexcept {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) > mask_) return false;
    slots_[tail & mask_].store(block.release(), std::memory_order_relaxed);
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // Consumer: the oldest block, or an empty reference.
  BlockRef pop() noexcept { return evicts_ == Evicts::sometimes ? take_oldest() : take_own(); }
  // Producer: the same, to make room by shedding.
  BlockRef evict() noexcept { return take_oldest(); }

 private:
  BlockRef take_oldest() noexcept {
    std::uint64_t head = head_.load(std::memory_order_acquire);
    while (head != tail_.load(std::memory_order_acquire)) {
      Block* block = slots_[head & mask_].load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel, std::memory_order_acquire))
        return BlockRef::adopt(block);
    }
    return {};
  }

  BlockRef take_own() noexcept {
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    if (head == tail_.load(std::memory_order_acquire)) return {};
    Block* block = slots_[head & mask_].load(std::memory_order_relaxed);
    head_.store(head + 1, std::memory_order_release);
    return BlockRef::adopt(block);
  }

  const std::size_t mask_;
  const Evicts evicts_;
  std::unique_ptr<std::atomic<Block*>[]> slots_;
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
};

}  // namespace sluice
