// The timers of a pool of workers. The kernel watches the clock: it wakes a worker that is idle when one is due.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

namespace sluice {

class Task;

// A mutex whose holder has the priority of the thread that waits for it: a worker never waits behind what a thread of
// lower priority gave way to (POSIX priority inheritance).
class InheritingMutex {
 public:
  InheritingMutex() noexcept;
  ~InheritingMutex() { pthread_mutex_destroy(&mutex_); }
  InheritingMutex(const InheritingMutex&) = delete;
  InheritingMutex& operator=(const InheritingMutex&) = delete;

  void lock() noexcept { pthread_mutex_lock(&mutex_); }
  void unlock() noexcept { pthread_mutex_unlock(&mutex_); }

 private:
  pthread_mutex_t mutex_;
};

// Any thread; realtime-safe up to kPreallocated timers: a lock held for some comparisons, or for a system call. An
// entry counts only while it equals its task's own timer: replacing a timer is cheap.
class Timers {
 public:
  static constexpr std::size_t kPreallocated = 1024;

  Timers();  // throws std::system_error where the system gives no timer
  ~Timers();
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;

  // A file descriptor that becomes readable when the earliest timer is due; nobody reads it.
  int descriptor() const noexcept { return descriptor_; }

  // It counts for fire_due() at once; a worker that sleeps is woken by it only after arm().
  void set(Task& task, std::int64_t time_ns);
  // Has the kernel watch for the earliest timer. Costs microseconds where that is not what it watches for already.
  void arm() noexcept;
  // True when arm() may wait for so long, counted from now.
  bool far_off(std::int64_t nanoseconds) const noexcept;
  // Calls `fire` for every task whose timer is due. It must not call the timers.
  void fire_due(const std::function<void(Task&)>& fire);
  // When this returns no entry of `task` is left, and none is about to fire.
  void forget(Task& task);

 private:
  static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();
  struct Entry {
    std::int64_t time_ns = 0;
    Task* task = nullptr;
  };
  void find_earliest() noexcept;

  const int descriptor_;
  InheritingMutex mutex_;
  std::vector<Entry> heap_;                    // guarded by mutex_; the earliest first
  std::atomic<std::int64_t> earliest_{kNone};  // ns; written under mutex_
  std::atomic<std::int64_t> armed_{kNone};     // what the kernel watches for; written under mutex_
};

}  // namespace sluice
