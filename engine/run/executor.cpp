#include "engine/run/executor.h"

#include <concurrentqueue/blockingconcurrentqueue.h>
#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <functional>
#include <thread>

#include "engine/core/denormals.h"
#include "engine/run/memory_lock.h"

namespace sluice {
namespace {

// What rtkit and LimitRTPRIO commonly grant; above it are the sound servers themselves.
constexpr int kFifoPriority = 20;
constexpr std::size_t kQueueSlots = 1024;  // preallocated; more only costs an allocation on a worker

struct QueueTraits : moodycamel::ConcurrentQueueDefaultTraits {
  // About a microsecond: on few cores spinning steals the core that would do the work.
  static constexpr int MAX_SEMA_SPINS = 64;
  // Items that a consumer takes from one producer before it looks at the next: none may starve.
  static constexpr std::uint32_t EXPLICIT_CONSUMER_CONSUMPTION_QUOTA_BEFORE_ROTATE = 16;
};
constexpr std::size_t kEntrances = 8;  // for threads that are no workers; more at a time wait for one another

using RunQueue = moodycamel::BlockingConcurrentQueue<Task*, QueueTraits>;

// As debuggers, top and traces show it; at most 15 characters.
void name_this_thread(const char* pool, int number) {
  pthread_setname_np(pthread_self(), fmt::format("{} {}", pool, number).c_str());
}

bool raise_to_fifo() noexcept {
  const sched_param parameters{.sched_priority = kFifoPriority};
  return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == 0;
}

std::int64_t now_ns() noexcept {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// A thread that holds all timers and fires them. Requests reach it through a queue, so that workers never lock.
// An entry counts only while it equals its task's own timer: replacing a timer is cheap.
class Timers {
 public:
  explicit Timers(std::function<void(Task&)> fire, bool realtime)
      : fire_(std::move(fire)), thread_([this, realtime] { run(realtime); }) {}
  ~Timers() {
    requests_.enqueue({});
    thread_.join();
  }

  void set(Task& task, std::int64_t time) { requests_.enqueue({time, &task, nullptr}); }
  // Returns when no entry of `task` is left.
  void forget(Task& task) {
    std::atomic<bool> done{false};
    requests_.enqueue({0, &task, &done});
    done.wait(false, std::memory_order_acquire);
  }

 private:
  struct Entry {
    std::int64_t time = 0;
    Task* task = nullptr;                    // null: the end
    std::atomic<bool>* forgotten = nullptr;  // a request to forget the task's entries
  };

  void run(bool realtime) {
    if (realtime) raise_to_fifo();
    for (;;) {
      Entry request;
      const bool asked =
          heap_.empty() ? (requests_.wait_dequeue(request), true) : wait_until(heap_.front().time, request);
      if (asked && !request.task) return;
      if (asked) accept(request);
      fire_due(now_ns());
    }
  }

  bool wait_until(std::int64_t time, Entry& request) {
    const std::int64_t left_us = (time - now_ns()) / 1000;
    return left_us > 0 ? requests_.wait_dequeue_timed(request, left_us) : requests_.try_dequeue(request);
  }

  void accept(const Entry& request) {
    if (!request.forgotten) {
      heap_.push_back(request);
      std::ranges::push_heap(heap_, std::greater{}, &Entry::time);
      return;
    }
    std::erase_if(heap_, [&](const Entry& entry) { return entry.task == request.task; });
    std::ranges::make_heap(heap_, std::greater{}, &Entry::time);
    request.forgotten->store(true, std::memory_order_release);
    request.forgotten->notify_all();
  }

  void fire_due(std::int64_t now) {
    while (!heap_.empty() && heap_.front().time <= now) {
      const Entry due = heap_.front();
      std::ranges::pop_heap(heap_, std::greater{}, &Entry::time);
      heap_.pop_back();
      if (due.task->take_timer(due.time)) fire_(*due.task);
    }
  }

  std::function<void(Task&)> fire_;
  moodycamel::BlockingConcurrentQueue<Entry, QueueTraits> requests_;
  std::vector<Entry> heap_;  // of the timer thread
  std::thread thread_;
};

}  // namespace

struct WorkerPool::Impl {
  explicit Impl(const WorkerOptions& options)
      : queue(kQueueSlots),
        timers([this](Task& task) { notify(task); }, options.realtime),
        virtual_clock(options.virtual_clock) {
    for (std::size_t n = 0; n < kEntrances; ++n) entrances.push_back(std::make_unique<Entrance>(queue));
    for (int n = 0; n < options.workers; ++n)
      threads.emplace_back([this, n, realtime = options.realtime] {
        name_this_thread(realtime ? "realtime" : "elastic", n);
        work(realtime);
      });
    for (int seen = started.load(); seen < options.workers; seen = started.load()) started.wait(seen);
    fifo = options.realtime && raised.load() == options.workers;
  }

  ~Impl() {
    if (virtual_clock) virtual_clock->release();
    for (std::size_t n = 0; n < threads.size(); ++n) post(nullptr);
    for (std::thread& thread : threads) thread.join();
  }

  void work(bool realtime) {
    const DenormalsOff denormals_off;
    if (realtime && raise_to_fifo()) raised.fetch_add(1);
    started.fetch_add(1);
    started.notify_all();
    if (virtual_clock) virtual_clock->wait_for_release();
    moodycamel::ProducerToken own(queue);
    moodycamel::ConsumerToken consumer(queue);
    worker_of = this;
    workers_token = &own;
    while (Task* const task = next(consumer)) run(*task);
  }

  // Null: the end. Virtual time goes on when nothing is left to run.
  Task* next(moodycamel::ConsumerToken& consumer) {
    Task* task = nullptr;
    while (virtual_clock) {
      if (queue.try_dequeue(consumer, task)) return task;
      Task* const due = virtual_clock->advance();
      if (!due) break;
      notify(*due);
    }
    queue.wait_dequeue(consumer, task);
    return task;
  }

  // Puts a task, or the end, into the run queue. A look into the queue costs a look at every producer: workers are one
  // each, and all other threads share a few entrances. None allocates as long as the queue's slots last.
  void post(Task* task) noexcept {
    if (worker_of == this) {
      queue.enqueue(*workers_token, task);
      return;
    }
    for (std::size_t n = std::hash<std::thread::id>{}(std::this_thread::get_id());; ++n) {
      Entrance& entrance = *entrances[n % kEntrances];
      if (entrance.taken.test_and_set(std::memory_order_acquire)) continue;
      queue.enqueue(entrance.token, task);
      return entrance.taken.clear(std::memory_order_release);
    }
  }

  // Once the task is idle or held it may be gone: only its address is used from then on.
  void run(Task& task) {
    unsigned seen = task.state_.load(std::memory_order_acquire);  // sees what the notifier and the last worker wrote
    unsigned next = Task::running;
    do next = seen & Task::kHoldWanted ? Task::held_again : Task::running;
    while (!task.state_.compare_exchange_weak(seen, next, std::memory_order_acq_rel));
    if (next == Task::held_again) return;
    const bool more = task.run();
    seen = task.state_.load(std::memory_order_relaxed);
    do next = after_turn(seen, more);
    while (!task.state_.compare_exchange_weak(seen, next, std::memory_order_acq_rel));
    if (next == Task::idle)
      task.state_.notify_all();
    else if (next == Task::queued)
      post(&task);
  }

  static unsigned after_turn(unsigned seen, bool more) noexcept {
    const bool work_left = more || (seen & ~Task::kHoldWanted) == Task::again;
    if (seen & Task::kHoldWanted) return work_left ? Task::held_again : Task::held;
    return work_left ? Task::queued : Task::idle;
  }

  static unsigned notified(unsigned seen) noexcept {
    const unsigned wanted = seen & Task::kHoldWanted;
    switch (seen & ~Task::kHoldWanted) {
      case Task::idle:
        return Task::queued;
      case Task::running:
        return Task::again | wanted;
      case Task::held:
        return Task::held_again;
      default:
        return seen;
    }
  }

  // Writes the state also where it stays the same: so the turn that follows sees what the notifier wrote before. (A
  // mere load could come before that write is seen by others, and a worker end its turn in between: a wake-up lost.)
  void notify(Task& task) noexcept {
    unsigned seen = task.state_.load(std::memory_order_relaxed);
    while (!task.state_.compare_exchange_weak(seen, notified(seen), std::memory_order_acq_rel)) {
    }
    if (seen == Task::idle) post(&task);
  }

  struct alignas(64) Entrance {
    explicit Entrance(RunQueue& queue) : token(queue) {}
    moodycamel::ProducerToken token;
    std::atomic_flag taken;
  };
  // Of the worker that this thread is.
  static thread_local const Impl* worker_of;
  static thread_local moodycamel::ProducerToken* workers_token;

  RunQueue queue;
  std::vector<std::unique_ptr<Entrance>> entrances;
  Timers timers;
  VirtualClock* const virtual_clock;
  std::atomic<int> started{0}, raised{0};
  bool fifo = false;
  std::vector<std::thread> threads;
};

thread_local const WorkerPool::Impl* WorkerPool::Impl::worker_of = nullptr;
thread_local moodycamel::ProducerToken* WorkerPool::Impl::workers_token = nullptr;

WorkerPool::WorkerPool(const WorkerOptions& options) : impl_(std::make_unique<Impl>(options)) {}
WorkerPool::~WorkerPool() = default;

void WorkerPool::notify(Task& task) noexcept {
  impl_->notify(task);
}

void WorkerPool::notify_at(Task& task, Time time) noexcept {
  const std::int64_t at = time.time_since_epoch().count();
  if (task.timer_.exchange(at) == at) return;
  if (impl_->virtual_clock)
    impl_->virtual_clock->set_timer(task, at);
  else
    impl_->timers.set(task, at);
}

bool WorkerPool::hold(Task& task, Duration timeout) noexcept {
  constexpr auto kLook = std::chrono::microseconds(20);  // between two looks; a turn is short, or blocks in the system
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (unsigned seen = task.state_.load(std::memory_order_acquire);;) {
    if (seen == Task::held || seen == Task::held_again) return true;
    const bool wanted = (seen & Task::kHoldWanted) != 0;
    const bool late = std::chrono::steady_clock::now() >= deadline;
    if (seen == Task::idle || wanted == late) {
      const unsigned next = seen == Task::idle ? unsigned{Task::held} : seen ^ Task::kHoldWanted;
      if (!task.state_.compare_exchange_weak(seen, next, std::memory_order_acq_rel)) continue;
      if (seen != Task::idle && late) return false;
    } else if (late) {
      return false;
    } else {
      std::this_thread::sleep_for(kLook);
    }
    seen = task.state_.load(std::memory_order_acquire);
  }
}

void WorkerPool::release(Task& task) noexcept {
  unsigned seen = Task::held;
  if (task.state_.compare_exchange_strong(seen, Task::idle, std::memory_order_acq_rel)) return task.state_.notify_all();
  if (seen != Task::held_again) return;
  task.state_.store(Task::queued, std::memory_order_release);  // nobody else changes it
  impl_->post(&task);
}

void WorkerPool::retire(Task& task) noexcept {
  task.timer_.store(0);
  impl_->timers.forget(task);
  if (impl_->virtual_clock) impl_->virtual_clock->forget(task);
  for (unsigned seen = task.state_.load(std::memory_order_acquire); seen != Task::idle;
       seen = task.state_.load(std::memory_order_acquire))
    task.state_.wait(seen, std::memory_order_acquire);
}

AsWorker::AsWorker(const WorkerPool& pool) noexcept {
  sched_param before{};
  if (!pool.realtime() || pthread_getschedparam(pthread_self(), &policy_, &before) != 0) return;
  priority_ = before.sched_priority;
  raised_ = raise_to_fifo();
}

AsWorker::~AsWorker() {
  const sched_param before{.sched_priority = priority_};
  if (raised_) pthread_setschedparam(pthread_self(), policy_, &before);
}

bool WorkerPool::realtime() const noexcept {
  return impl_->fifo;
}

Executor::Executor(const Options& options)
    : virtual_clock_(options.virtual_clock),
      realtime_({.workers = virtual_clock_ ? 0 : options.realtime_workers, .realtime = options.raise_priority}),
      elastic_({.workers = virtual_clock_ ? 1 : options.elastic_workers, .virtual_clock = virtual_clock_}),
      may_lock_memory_(options.lock_memory),
      limits_(options.limits) {}

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
