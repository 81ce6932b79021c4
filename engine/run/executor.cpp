#include "engine/run/executor.h"

#include <fmt/format.h>

#include "engine/run/memory_lock.h"

namespace sluice {

Executor::Executor(const Options& options)
    : virtual_clock_(options.virtual_clock),
      realtime_({.workers = virtual_clock_ ? 0 : options.realtime_workers,
                 .realtime = true,
                 .raise_priority = options.raise_priority}),
      elastic_({.workers = virtual_clock_ ? 1 : options.elastic_workers, .virtual_clock = virtual_clock_}),
      raise_priority_(options.raise_priority),
      may_lock_memory_(options.lock_memory),
      limits_(options.limits) {}

WorkerPool& Executor::pinned_pool(int cpu, bool realtime) {
  if (virtual_clock_) return elastic_;
  const std::lock_guard lock(pinning_);
  std::unique_ptr<WorkerPool>& pool = pinned_[{cpu, realtime}];
  if (!pool)
    pool = std::make_unique<WorkerPool>(
        WorkerOptions{.workers = 1, .realtime = realtime, .raise_priority = realtime && raise_priority_, .cpu = cpu});
  return *pool;
}

Status Executor::admit() {
  std::size_t running = sessions_.load();
  do {
    if (running >= limits_.sessions)
      return Error{"session", fmt::format("{} sessions run already, allowed: {}", running, limits_.sessions)};
  } while (!sessions_.compare_exchange_weak(running, running + 1));
  return {};
}

bool Executor::lock_memory() noexcept {
  if (may_lock_memory_ && sluice::lock_memory()) memory_locked_.store(true, std::memory_order_relaxed);
  return memory_locked();
}

}  // namespace sluice
