#include "engine/run/run_queue.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <system_error>
#include <thread>

namespace sluice {
namespace {

constexpr int kLooks = 64;  // before going to sleep: some 100 ns; on few cores spinning steals the one that would work

// Edge-triggered: every ring, and every timer that expires, wakes one of the workers that wait, and needs no reading.
bool add(int epoll, int descriptor) {
  epoll_event event{.events = EPOLLIN | EPOLLET, .data = {}};
  return descriptor >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

}  // namespace

RunQueue::RunQueue(int wakes)
    : queue_(kSlots), bell_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)), waiting_room_(epoll_create1(EPOLL_CLOEXEC)) {
  if (!add(waiting_room_, bell_) || !add(waiting_room_, wakes)) {
    const int error = errno;
    close_all();
    throw std::system_error(error, std::generic_category(), "a run queue's eventfd and epoll");
  }
  for (std::size_t n = 0; n < kEntrances; ++n) entrances_.push_back(std::make_unique<Entrance>(queue_));
}

RunQueue::~RunQueue() {
  close_all();
}

void RunQueue::close_all() noexcept {
  for (const int descriptor : {bell_, waiting_room_})
    if (descriptor >= 0) close(descriptor);
}

void RunQueue::push(Task* task, Worker& worker) {
  queue_.enqueue(worker.producer, task);
  announce();
}

void RunQueue::push(Task* task) {
  for (std::size_t n = std::hash<std::thread::id>{}(std::this_thread::get_id());; ++n) {
    Entrance& entrance = *entrances_[n % kEntrances];
    if (entrance.taken.test_and_set(std::memory_order_acquire)) continue;
    queue_.enqueue(entrance.token, task);
    entrance.taken.clear(std::memory_order_release);
    return announce();
  }
}

void RunQueue::announce() noexcept {
  if (has_sleepers(counts_.fetch_add(kTask, std::memory_order_acq_rel))) wake_one();
}

// Who has been rung for looks into the queue after clearing the mark, and so sees what was put there before it was set.
void RunQueue::wake_one() noexcept {
  if (!rung_.exchange(true, std::memory_order_acq_rel)) eventfd_write(bell_, 1);
}

// A count that has been taken stands for a task in the queue: it is there, though a look may miss it while others look.
// Of several tasks that come at once only the first wakes somebody, who wakes the next.
bool RunQueue::pop(Task*& task, Worker& worker) {
  std::uint64_t counts = counts_.load(std::memory_order_relaxed);
  do
    if (!has_tasks(counts)) return false;
  while (!counts_.compare_exchange_weak(counts, counts - kTask, std::memory_order_acq_rel, std::memory_order_relaxed));
  if (has_tasks(counts - kTask) && has_sleepers(counts)) wake_one();
  while (!queue_.try_dequeue(worker.consumer, task)) {
  }
  return true;
}

void RunQueue::wait() noexcept {
  for (int n = 0; n < kLooks; ++n)
    if (!empty()) return;
  if (!has_tasks(counts_.fetch_add(kSleeper, std::memory_order_acq_rel))) {
    epoll_event event;
    epoll_wait(waiting_room_, &event, 1, -1);
  }
  counts_.fetch_sub(kSleeper, std::memory_order_acq_rel);
  rung_.exchange(false, std::memory_order_acq_rel);
}

}  // namespace sluice
