// The workers of a process, and how much it takes on.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

#include "engine/core/clock.h"
#include "engine/run/limits.h"
#include "engine/run/worker_pool.h"

namespace sluice {

// The process's workers: real-time islands on raised workers, everything else on elastic ones. Shared by all sessions.
class Executor {
 public:
  struct Options {
    int realtime_workers = 2;
    int elastic_workers = 2;
    bool raise_priority = true;
    bool lock_memory = true;  // of the process, once a live graph starts
    Limits limits = {};
    VirtualClock* virtual_clock = nullptr;  // runs everything in virtual time, on one worker
  };
  Executor() : Executor(Options{}) {}
  explicit Executor(const Options& options);

  WorkerPool& realtime_pool() noexcept { return virtual_clock_ ? elastic_ : realtime_; }
  WorkerPool& elastic_pool() noexcept { return elastic_; }
  // One worker that runs on `cpu` only, for islands that are pinned there; it is made when first asked for. Not
  // realtime-safe. In virtual time there is one worker for everything.
  WorkerPool& pinned_pool(int cpu, bool realtime);
  const Clock& clock() const noexcept { return virtual_clock_ ? static_cast<const Clock&>(*virtual_clock_) : clock_; }

  const Limits& limits() const noexcept { return limits_; }
  // One more session runs, or the error says that there are too many; leave() when it has ended. Thread-safe.
  Status admit();
  void leave() noexcept { sessions_.fetch_sub(1); }

  // A live graph starts: the process stays in memory from now on, where that is permitted. Not realtime-safe.
  bool lock_memory() noexcept;
  bool memory_locked() const noexcept { return memory_locked_.load(std::memory_order_relaxed); }

 private:
  MonotonicClock clock_;
  VirtualClock* const virtual_clock_;
  WorkerPool realtime_;
  WorkerPool elastic_;
  const bool raise_priority_;
  std::mutex pinning_;  // guards pinned_
  std::map<std::pair<int, bool>, std::unique_ptr<WorkerPool>> pinned_;
  const bool may_lock_memory_;
  const Limits limits_;
  std::atomic<std::size_t> sessions_{0};
  std::atomic<bool> memory_locked_{false};
};

}  // namespace sluice
