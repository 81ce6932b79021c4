// Workers that run ready islands: lock-free run queues, timers, no polling.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/core/clock.h"
#include "engine/run/limits.h"
#include "engine/run/virtual_clock.h"

namespace sluice {

// Something that workers run: to completion, by one worker at a time.
class Task {
 public:
  virtual ~Task() = default;
  // Runs until nothing more can be done, or a quantum is used up; returns true to be queued again.
  virtual bool run() noexcept = 0;

  // For run(): somebody waits for the task to stand still. It returns true soon, and goes on when it is let.
  bool hold_wanted() const noexcept { return (state_.load(std::memory_order_relaxed) & kHoldWanted) != 0; }

  // For the timer thread: true when the timer set for `time` still counts; it is cleared.
  bool take_timer(std::int64_t time) noexcept { return timer_.compare_exchange_strong(time, 0); }

 private:
  friend class WorkerPool;
  // again: notified while running. held_again: notified while held, or held with work left.
  enum State : unsigned { idle, queued, running, again, held, held_again };
  static constexpr unsigned kHoldWanted = 8;  // beside queued, running and again
  std::atomic<unsigned> state_{idle};
  std::atomic<std::int64_t> timer_{0};  // ns of the timer that counts; 0 none
};

struct WorkerOptions {
  int workers = 2;
  bool realtime = false;                  // ask for SCHED_FIFO
  VirtualClock* virtual_clock = nullptr;  // whose timers these are; one worker, that begins when it is released
};

// A set of workers with one run queue. notify() and notify_at(): any thread, realtime-safe.
class WorkerPool {
 public:
  explicit WorkerPool(const WorkerOptions& options);
  ~WorkerPool();  // joins; tasks must be idle or never notified again

  void notify(Task& task) noexcept;
  void notify_at(Task& task, Time time) noexcept;  // replaces an earlier request of the same task

  // Stops `task` after its present turn: when this returns true it does not run until release(), and notifications are
  // remembered. False when its turn has not ended after `timeout`: then it goes on as if nothing had been. One holder
  // at a time; not realtime-safe.
  bool hold(Task& task, Duration timeout) noexcept;
  void release(Task& task) noexcept;

  // Waits until `task` neither runs nor is queued; it must be neither held nor notified any more.
  void retire(Task& task) noexcept;

  bool realtime() const noexcept;  // SCHED_FIFO was asked for and granted to every worker

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// While it lives, the calling thread has the priority of the pool's workers, where that was granted: for a thread that
// holds their tasks, which must not wait behind others.
class AsWorker {
 public:
  explicit AsWorker(const WorkerPool& pool) noexcept;
  ~AsWorker();
  AsWorker(const AsWorker&) = delete;
  AsWorker& operator=(const AsWorker&) = delete;

 private:
  int policy_ = 0, priority_ = 0;  // before
  bool raised_ = false;
};

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
  const bool may_lock_memory_;
  const Limits limits_;
  std::atomic<std::size_t> sessions_{0};
  std::atomic<bool> memory_locked_{false};
};

}  // namespace sluice
