// What a clock's own time looks like from the graph: which sample a device (or a pacer) took, and when it took it.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "engine/core/clock.h"

namespace sluice {

// Written by one thread, often a device's; read by any. A sequence lock: neither side ever waits. Realtime-safe.
class ClockFace {
 public:
  struct Reading {
    Time at{};            // when the clock took the sample, on the engine's clock
    Time capture_time{};  // of that sample
  };

  // `least_wait`: samples have to wait this long at least before the clock takes them, as in a half-filled buffer.
  explicit ClockFace(Duration least_wait = {}) : least_wait_(least_wait) {}
  Duration least_wait() const noexcept { return least_wait_; }

  void show(const Reading& reading) noexcept {
    const std::uint64_t count = count_.load(std::memory_order_relaxed);
    count_.store(count + 1, std::memory_order_relaxed);  // odd: being written
    at_.store(reading.at.time_since_epoch().count(), std::memory_order_release);
    captured_.store(reading.capture_time.time_since_epoch().count(), std::memory_order_release);
    count_.store(count + 2, std::memory_order_release);
  }

  // The latest reading; none when there is none newer than `seen`, which then stays, or while one is being written.
  std::optional<Reading> read(std::uint64_t& seen) const noexcept {
    const std::uint64_t count = count_.load(std::memory_order_acquire);
    const Reading reading{Time(Duration(at_.load(std::memory_order_acquire))),
                          Time(Duration(captured_.load(std::memory_order_acquire)))};
    if (count == seen || count % 2 == 1 || count_.load(std::memory_order_relaxed) != count) return {};
    seen = count;
    return reading;
  }

 private:
  const Duration least_wait_;
  std::atomic<std::uint64_t> count_{0};
  std::atomic<Duration::rep> at_{0}, captured_{0};
};

}  // namespace sluice
