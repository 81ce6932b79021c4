// Where a stream enters an island: blocks that would miss their deadline are dropped before work is spent on them.
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/node/port.h"

namespace sluice {

// Realtime-safe. Independent blocks are shed, and what depends on them up to the next that is in time: the gap in the
// sequence numbers tells the codecs behind.
class AgeGate final : public Delivery {
 public:
  AgeGate(InPort& to, const Clock& clock, Duration max_age, std::atomic<std::uint64_t>& shed)
      : to_(to), clock_(clock), max_age_(max_age), shed_(shed) {}

  void deliver(BlockRef block) noexcept override {
    if (block->has(kIndependent)) gap_ = clock_.now() - block->header.capture_time > max_age_;
    if (gap_)
      shed_.fetch_add(1, std::memory_order_relaxed);
    else
      PortWiring::push(to_, std::move(block));
  }

 private:
  InPort& to_;
  const Clock& clock_;
  const Duration max_age_;
  bool gap_ = false;  // since the last independent block
  std::atomic<std::uint64_t>& shed_;
};

}  // namespace sluice
