// Workers that run ready tasks: lock-free run queues, timers, no polling.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "engine/core/clock.h"
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

  // For run(), while it has time left: a turn is expected to be no longer. Until it is said a turn may take any time.
  void expect_turn(Duration most) noexcept { expected_turn_ns_.store(most.count(), std::memory_order_relaxed); }

  // For the timers: true when the timer set for `time` still counts; it is cleared.
  bool take_timer(std::int64_t time) noexcept { return timer_.compare_exchange_strong(time, 0); }

 private:
  friend class WorkerPool;
  // again: notified while running. held_again: notified while held, or held with work left.
  enum State : unsigned { idle, queued, running, again, held, held_again };
  static constexpr std::int64_t kAnyTime = 3600'000'000'000;  // ns
  static constexpr unsigned kHoldWanted = 8;                  // beside queued, running and again
  std::atomic<unsigned> state_{idle};
  std::atomic<std::int64_t> timer_{0};  // ns of the timer that counts; 0 none
  std::atomic<std::int64_t> expected_turn_ns_{kAnyTime};
};

struct WorkerOptions {
  int workers = 2;
  // For real-time tasks, whose steps are short: what a running one notifies is run next by the same worker, which saves
  // a wake-up; another one gets it if the turn goes on (begin_step()).
  bool realtime = false;
  bool raise_priority = false;            // ask for SCHED_FIFO
  std::optional<int> cpu = {};            // that they run on; none: the system chooses
  VirtualClock* virtual_clock = nullptr;  // whose timers these are; one worker, that begins when it is released
};

// A set of workers with one run queue. notify() and notify_at(): any thread, realtime-safe.
class WorkerPool {
 public:
  explicit WorkerPool(const WorkerOptions& options);
  ~WorkerPool();  // joins; tasks must be idle or never notified again

  void notify(Task& task) noexcept;
  void notify_at(Task& task, Time time) noexcept;  // replaces an earlier request of the same task

  // For a task during its turn: before each of its steps. From the second on this does what was put off to the end of
  // the turn: what was to run next is given to another worker, and timers are set. Realtime-safe.
  static void begin_step() noexcept;

  // Stops `task` after its present turn: when this returns true it does not run until release(), and notifications are
  // remembered. False when its turn has not ended after `timeout`: then it goes on as if nothing had been. One holder
  // at a time; not realtime-safe.
  bool hold(Task& task, Duration timeout) noexcept;
  void release(Task& task) noexcept;

  // Waits until `task` neither runs nor is queued; it must be neither held nor notified any more.
  void retire(Task& task) noexcept;

  bool realtime() const noexcept;         // SCHED_FIFO was asked for and granted to every worker
  bool serves_realtime() const noexcept;  // it is for real-time tasks, whether or not that was granted

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

}  // namespace sluice
