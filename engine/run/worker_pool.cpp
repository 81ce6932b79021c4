#include "engine/run/worker_pool.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>

#include <thread>
#include <utility>
#include <vector>

#include "engine/core/cpus.h"
#include "engine/core/denormals.h"
#include "engine/run/run_queue.h"
#include "engine/run/timers.h"

namespace sluice {
namespace {

// What rtkit and LimitRTPRIO commonly grant; above it are the sound servers themselves.
constexpr int kFifoPriority = 20;
constexpr int kMargin = 4;       // times the time that a turn is expected to take, it may take without doing harm
constexpr int kMostInARow = 16;  // tasks that run next before the queue is looked at: none may starve

// As debuggers, top and traces show it; at most 15 characters.
void name_this_thread(const char* pool, int number) {
  pthread_setname_np(pthread_self(), fmt::format("{} {}", pool, number).c_str());
}

bool raise_to_fifo() noexcept {
  const sched_param parameters{.sched_priority = kFifoPriority};
  return pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == 0;
}

}  // namespace

struct WorkerPool::Impl {
  // What a worker has of its own.
  struct Worker {
    explicit Worker(Impl& of) : pool(of), ends(of.queue) {}
    Impl& pool;
    RunQueue::Worker ends;
    Task* next = nullptr;  // is run next, unless the turn goes on; seen by nobody else
    int in_a_row = 0;      // tasks that were
    int steps = 0;         // of the present turn
  };

  explicit Impl(const WorkerOptions& options)
      : queue(timers.descriptor()), realtime(options.realtime), virtual_clock(options.virtual_clock) {
    for (int n = 0; n < options.workers; ++n)
      threads.emplace_back([this, n, options] {
        name_this_thread(options.cpu ? "pinned to" : realtime ? "realtime" : "elastic", options.cpu.value_or(n));
        if (options.cpu) bind_to_cpu(*options.cpu);
        work(options.raise_priority);
      });
    for (int seen = started.load(); seen < options.workers; seen = started.load()) started.wait(seen);
    fifo = options.raise_priority && raised.load() == options.workers;
  }

  ~Impl() {
    if (virtual_clock) virtual_clock->release();
    for (std::size_t n = 0; n < threads.size(); ++n) queue.push(nullptr);
    for (std::thread& thread : threads) thread.join();
  }

  void work(bool raise_priority) {
    const DenormalsOff denormals_off;
    if (raise_priority && raise_to_fifo()) raised.fetch_add(1);
    started.fetch_add(1);
    started.notify_all();
    if (virtual_clock) virtual_clock->wait_for_release();
    Worker worker(*this);
    this_worker = &worker;
    while (Task* const task = next_task(worker)) {
      worker.steps = 0;
      run(*task);
    }
  }

  // Null: the end. Before a turn that is known to be short, setting the kernel's timer is put off: it costs more.
  Task* next_task(Worker& worker) {
    for (;;) {
      timers.fire_due([this, &worker](Task& task) {
        if (make_ready(task)) keep(worker, task);
      });
      Task* const next = std::exchange(worker.next, nullptr);
      if (next && (++worker.in_a_row < kMostInARow || queue.empty())) {
        if (!realtime || !timers.far_off(next->expected_turn_ns_.load(std::memory_order_relaxed) * kMargin))
          timers.arm();
        return next;
      }
      worker.in_a_row = 0;
      timers.arm();
      if (next) queue.push(next, worker.ends);
      if (Task* task = nullptr; queue.pop(task, worker.ends)) return task;
      if (!virtual_clock || !let_time_pass()) queue.wait();
    }
  }

  // Virtual time goes on when nothing is left to run. False: no timer is set.
  bool let_time_pass() {
    Task* const due = virtual_clock->advance();
    if (due) notify(*due);
    return due != nullptr;
  }

  // The worker runs one task next itself; others are for all.
  void keep(Worker& worker, Task& task) {
    if (worker.next)
      queue.push(&task, worker.ends);
    else
      worker.next = &task;
  }

  // Puts a task that is ready where a worker finds it.
  void post(Task& task) noexcept {
    if (!this_worker || &this_worker->pool != this)
      queue.push(&task);
    else
      queue.push(&task, this_worker->ends);
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
      go_on(*this_worker, task);
  }

  // A task with more to do: behind those that wait, or else by the same worker, whose caches have its data.
  void go_on(Worker& worker, Task& task) {
    if (queue.empty())
      keep(worker, task);
    else
      queue.push(&task, worker.ends);
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

  // True when it was idle and is to be queued now. Writes the state also where it stays the same: so the turn that
  // follows sees what the notifier wrote before. (A mere load could come before that write is seen by others, and a
  // worker end its turn in between: a wake-up lost.)
  static bool make_ready(Task& task) noexcept {
    unsigned seen = task.state_.load(std::memory_order_relaxed);
    while (!task.state_.compare_exchange_weak(seen, notified(seen), std::memory_order_acq_rel)) {
    }
    return seen == Task::idle;
  }

  void notify(Task& task) noexcept {
    if (!make_ready(task)) return;
    if (realtime && this_worker && &this_worker->pool == this)
      keep(*this_worker, task);
    else
      post(task);
  }

  // A worker sets the kernel's timer when its turn is over.
  void set_timer(Task& task, std::int64_t time_ns) {
    timers.set(task, time_ns);
    if (!this_worker || &this_worker->pool != this) timers.arm();
  }

  static thread_local Worker* this_worker;  // of the worker that this thread is

  Timers timers;
  RunQueue queue;
  const bool realtime;
  VirtualClock* const virtual_clock;
  std::atomic<int> started{0}, raised{0};
  bool fifo = false;
  std::vector<std::thread> threads;
};

thread_local WorkerPool::Impl::Worker* WorkerPool::Impl::this_worker = nullptr;

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
    impl_->set_timer(task, at);
}

void WorkerPool::begin_step() noexcept {
  Impl::Worker* const worker = Impl::this_worker;
  if (!worker || worker->steps++ == 0) return;
  if (worker->next) worker->pool.queue.push(std::exchange(worker->next, nullptr), worker->ends);
  worker->pool.timers.arm();
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
  impl_->post(task);
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

bool WorkerPool::serves_realtime() const noexcept {
  return impl_->realtime;
}

}  // namespace sluice
