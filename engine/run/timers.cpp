#include "engine/run/timers.h"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <functional>
#include <mutex>
#include <system_error>

#include "engine/run/worker_pool.h"

namespace sluice {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;  // ns

int open_timer() {
  const int descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "timerfd_create");
  return descriptor;
}

std::int64_t now_ns() noexcept {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

}  // namespace

InheritingMutex::InheritingMutex() noexcept {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
  pthread_mutex_init(&mutex_, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

Timers::Timers() : descriptor_(open_timer()) {
  heap_.reserve(kPreallocated);
}

Timers::~Timers() {
  close(descriptor_);
}

void Timers::set(Task& task, std::int64_t time_ns) {
  const std::lock_guard lock(mutex_);
  heap_.push_back({time_ns, &task});
  std::ranges::push_heap(heap_, std::greater{}, &Entry::time_ns);
  find_earliest();
}

void Timers::arm() noexcept {
  const std::int64_t wanted = earliest_.load(std::memory_order_relaxed);
  if (wanted == kNone || wanted == armed_.load(std::memory_order_relaxed)) return;
  const std::lock_guard lock(mutex_);
  if (heap_.empty()) return;
  const std::int64_t time_ns = heap_.front().time_ns;
  const itimerspec due{.it_interval = {}, .it_value = {.tv_sec = time_ns / kSecond, .tv_nsec = time_ns % kSecond}};
  timerfd_settime(descriptor_, TFD_TIMER_ABSTIME, &due, nullptr);
  armed_.store(time_ns, std::memory_order_relaxed);
}

bool Timers::far_off(std::int64_t nanoseconds) const noexcept {
  const std::int64_t earliest = earliest_.load(std::memory_order_relaxed);
  return earliest == kNone || earliest - now_ns() > nanoseconds;
}

void Timers::fire_due(const std::function<void(Task&)>& fire) {
  if (earliest_.load(std::memory_order_relaxed) == kNone) return;
  const std::int64_t now = now_ns();
  if (earliest_.load(std::memory_order_relaxed) > now) return;
  const std::lock_guard lock(mutex_);
  while (!heap_.empty() && heap_.front().time_ns <= now) {
    const Entry due = heap_.front();
    std::ranges::pop_heap(heap_, std::greater{}, &Entry::time_ns);
    heap_.pop_back();
    if (due.task->take_timer(due.time_ns)) fire(*due.task);
  }
  if (armed_.load(std::memory_order_relaxed) <= now) armed_.store(kNone, std::memory_order_relaxed);
  find_earliest();
}

void Timers::forget(Task& task) {
  const std::lock_guard lock(mutex_);
  std::erase_if(heap_, [&](const Entry& entry) { return entry.task == &task; });
  std::ranges::make_heap(heap_, std::greater{}, &Entry::time_ns);
  find_earliest();
  armed_.store(kNone, std::memory_order_relaxed);
}

void Timers::find_earliest() noexcept {
  earliest_.store(heap_.empty() ? kNone : heap_.front().time_ns, std::memory_order_relaxed);
}

}  // namespace sluice
