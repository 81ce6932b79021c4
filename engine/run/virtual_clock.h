// Time that does not pass by itself: when an executor on this clock has nothing left to run, time jumps to the next
// timer. A run is a discrete-event simulation then: a day takes as long as its work, and comes out the same however
// busy the machine is. (Nodes with threads of their own stand outside of it.)
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>

#include "engine/core/clock.h"

namespace sluice {

class Task;

// now(), release(): any thread, now() is realtime-safe. The rest is for the one worker of the executor.
class VirtualClock final : public Clock {
 public:
  explicit VirtualClock(Time start) : now_ns_(start.time_since_epoch().count()) {}

  Time now() const noexcept override { return Time(Duration(now_ns_.load(std::memory_order_acquire))); }
  // Nothing runs before: a graph has to be started as a whole, or the first of its nodes would see time pass without
  // the others.
  void release() noexcept;
  void wait_for_release() const noexcept { released_.wait(false, std::memory_order_acquire); }

  void set_timer(Task& task, std::int64_t time_ns);
  void forget(Task& task);
  // Jumps to the earliest timer that counts, and gives its task; null: there is none, and time stands still. Timers of
  // one time are fired in the order in which they were set.
  Task* advance();

 private:
  std::atomic<std::int64_t> now_ns_;
  std::atomic<bool> released_{false};
  std::mutex mutex_;  // guards timers_
  std::multimap<std::int64_t, Task*> timers_;
};

}  // namespace sluice
