// A clock that stands still until a test moves it. Thread-safe.
#pragma once

#include <atomic>

#include "engine/core/clock.h"

namespace sluice {

class FakeClock final : public Clock {
 public:
  Time now() const noexcept override { return Time(Duration(nanoseconds_.load(std::memory_order_acquire))); }
  void advance(Duration by) noexcept { nanoseconds_.fetch_add(by.count(), std::memory_order_acq_rel); }

 private:
  std::atomic<Duration::rep> nanoseconds_{1'000'000'000};
};

}  // namespace sluice
