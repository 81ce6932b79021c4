#include "engine/run/virtual_clock.h"

#include <algorithm>

#include "engine/run/executor.h"

namespace sluice {

void VirtualClock::release() noexcept {
  released_.store(true, std::memory_order_release);
  released_.notify_all();
}

void VirtualClock::set_timer(Task& task, std::int64_t time_ns) {
  const std::lock_guard lock(mutex_);
  timers_.emplace(time_ns, &task);
}

void VirtualClock::forget(Task& task) {
  const std::lock_guard lock(mutex_);
  std::erase_if(timers_, [&](const auto& timer) { return timer.second == &task; });
}

Task* VirtualClock::advance() {
  const std::lock_guard lock(mutex_);
  while (!timers_.empty()) {
    const auto [time_ns, task] = *timers_.begin();
    timers_.erase(timers_.begin());
    if (!task->take_timer(time_ns)) continue;  // replaced meanwhile
    now_ns_.store(std::max(now_ns_.load(std::memory_order_relaxed), time_ns), std::memory_order_release);
    return task;
  }
  return nullptr;
}

}  // namespace sluice
