// The tasks that are ready to run, and where workers wait for them: lock-free, nobody polls.
#pragma once

#include <concurrentqueue/concurrentqueue.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

namespace sluice {

class Task;

// Any number of threads put tasks in, any number of workers take them out. Realtime-safe but for wait(): no lock, no
// allocation as long as kSlots last, and a system call only to wake a worker that waits.
class RunQueue {
  struct Traits : moodycamel::ConcurrentQueueDefaultTraits {
    // Items that a consumer takes from one producer before it looks at the next: none may starve.
    static constexpr std::uint32_t EXPLICIT_CONSUMER_CONSUMPTION_QUOTA_BEFORE_ROTATE = 16;
  };
  using Queue = moodycamel::ConcurrentQueue<Task*, Traits>;

 public:
  static constexpr std::size_t kSlots = 1024;

  // A worker's own ends of the queue.
  struct Worker {
    explicit Worker(RunQueue& queue) : producer(queue.queue_), consumer(queue.queue_) {}
    moodycamel::ProducerToken producer;
    moodycamel::ConsumerToken consumer;
  };

  // wait() also returns when `wakes`, a file descriptor, becomes readable. Throws std::system_error.
  explicit RunQueue(int wakes);
  ~RunQueue();
  RunQueue(const RunQueue&) = delete;
  RunQueue& operator=(const RunQueue&) = delete;

  void push(Task* task);  // of a thread that is no worker
  void push(Task* task, Worker& worker);
  // The next task; false when there is none.
  bool pop(Task*& task, Worker& worker);
  bool empty() const noexcept { return !has_tasks(counts_.load(std::memory_order_relaxed)); }
  // For a worker whose pop() gave nothing: returns when it is worth another look.
  void wait() noexcept;

 private:
  // Threads that are no workers share a few producers, since a look into the queue costs a look at every one.
  static constexpr std::size_t kEntrances = 8;
  struct alignas(64) Entrance {
    explicit Entrance(Queue& queue) : token(queue) {}
    moodycamel::ProducerToken token;
    std::atomic_flag taken;
  };
  // Two counts in one word, so that of a task that comes and a worker that goes to sleep one always sees the other.
  static constexpr std::uint64_t kTask = 1, kSleeper = std::uint64_t{1} << 32;
  static constexpr bool has_tasks(std::uint64_t counts) noexcept { return counts % kSleeper != 0; }
  static constexpr bool has_sleepers(std::uint64_t counts) noexcept { return counts >= kSleeper; }

  void announce() noexcept;
  void wake_one() noexcept;
  void close_all() noexcept;

  Queue queue_;
  std::vector<std::unique_ptr<Entrance>> entrances_;
  int bell_ = -1, waiting_room_ = -1;  // eventfd; epoll of it and of `wakes`
  alignas(64) std::atomic<std::uint64_t> counts_{0};
  std::atomic<bool> rung_{false};  // somebody is on the way who will look into the queue
};

}  // namespace sluice
