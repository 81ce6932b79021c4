#include "engine/run/worker_pool.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace sluice {
namespace {

using namespace std::chrono_literals;

class Counting final : public Task {
 public:
  bool run() noexcept override {
    const int inside = busy.fetch_add(1);
    overlapped = overlapped || inside != 0;
    runs.fetch_add(1);
    busy.fetch_sub(1);
    runs.notify_all();
    return repeat.load() > 0 && repeat.fetch_sub(1) > 1;
  }
  void wait_for(int count) {
    for (int seen = runs.load(); seen < count; seen = runs.load()) runs.wait(seen);
  }
  std::atomic<int> runs{0}, busy{0}, repeat{0};
  std::atomic<bool> overlapped{false};
};

class Calling final : public Task {
 public:
  explicit Calling(std::function<void()> call) : call_(std::move(call)) {}
  bool run() noexcept override {
    call_();
    runs.fetch_add(1);
    runs.notify_all();
    return false;
  }
  void wait_for(int count) {
    for (int seen = runs.load(); seen < count; seen = runs.load()) runs.wait(seen);
  }
  std::atomic<int> runs{0};

 private:
  std::function<void()> call_;
};

TEST(WorkerPool, RunsANotifiedTask) {
  WorkerPool pool({.workers = 2});
  Counting task;
  pool.notify(task);
  task.wait_for(1);
  pool.retire(task);
}

TEST(WorkerPool, RunsATaskByOneWorkerAtATimeAndLosesNoNotification) {
  WorkerPool pool({.workers = 4});
  Counting task;
  std::vector<std::thread> notifiers;
  for (int n = 0; n < 3; ++n)
    notifiers.emplace_back([&] {
      for (int k = 0; k < 2000; ++k) pool.notify(task);
    });
  for (std::thread& thread : notifiers) thread.join();
  const int before = task.runs.load();
  pool.notify(task);
  task.wait_for(before == 0 ? 1 : before);
  pool.retire(task);
  EXPECT_FALSE(task.overlapped.load());
}

TEST(WorkerPool, RunsAgainWhileTheTaskAsksForIt) {
  WorkerPool pool({.workers = 1});
  Counting task;
  task.repeat = 5;
  pool.notify(task);
  task.wait_for(5);
  pool.retire(task);
  EXPECT_EQ(task.runs.load(), 5);
}

TEST(WorkerPool, FiresATimerNotBeforeItsTime) {
  WorkerPool pool({.workers = 1});
  Counting task;
  const Time due = MonotonicClock().now() + 20ms;
  pool.notify_at(task, due);
  task.wait_for(1);
  EXPECT_GE(MonotonicClock().now(), due);
  pool.retire(task);
}

TEST(WorkerPool, TheLastRequestReplacesAnEarlierTimer) {
  WorkerPool pool({.workers = 1});
  Counting task;
  pool.notify_at(task, MonotonicClock().now() + 1h);
  pool.notify_at(task, MonotonicClock().now() + 1ms);
  task.wait_for(1);
  pool.retire(task);
  EXPECT_EQ(task.runs.load(), 1);
}

TEST(WorkerPool, RunsATaskThatAForeignThreadNotified) {
  WorkerPool pool({.workers = 1});
  Counting task;
  std::thread([&] { pool.notify(task); }).join();
  task.wait_for(1);
  pool.retire(task);
}

TEST(WorkerPool, FiresATimerWhileAnotherWorkerIsInALongTurn) {
  WorkerPool pool({.workers = 2});
  Counting timed;
  Calling busy([&] { timed.wait_for(1); });
  pool.notify_at(timed, MonotonicClock().now() + 5ms);
  pool.notify(busy);
  busy.wait_for(1);
  pool.retire(busy);
  pool.retire(timed);
}

TEST(WorkerPool, RunsNextWhatARunningTaskNotifiedOnTheSameWorker) {
  WorkerPool pool({.workers = 2, .realtime = true});
  std::thread::id first, second;
  Calling other([&] { second = std::this_thread::get_id(); });
  Calling task([&] { first = std::this_thread::get_id(), pool.notify(other); });
  pool.notify(task);
  other.wait_for(1);
  pool.retire(task);
  pool.retire(other);
  EXPECT_EQ(first, second);
}

TEST(WorkerPool, GivesWhatWasToRunNextToAnotherWorkerWhenTheTurnGoesOn) {
  WorkerPool pool({.workers = 2, .realtime = true});
  Counting other;
  Calling task([&] {
    WorkerPool::begin_step();
    pool.notify(other);
    WorkerPool::begin_step();
    other.wait_for(1);
  });
  pool.notify(task);
  task.wait_for(1);
  pool.retire(task);
  pool.retire(other);
}

TEST(WorkerPool, SetsTheTimersThatWerePutOffWhenTheTurnGoesOn) {
  WorkerPool pool({.workers = 2, .realtime = true});
  Counting timed;
  Calling task([&] {
    WorkerPool::begin_step();
    pool.notify_at(timed, MonotonicClock().now() + 2ms);
    WorkerPool::begin_step();
    timed.wait_for(1);
  });
  pool.notify(task);
  task.wait_for(1);
  pool.retire(task);
  pool.retire(timed);
}

// A short turn goes before a timer that is far off; one that may take any time does not.
TEST(WorkerPool, SetsItsTimersBeforeATurnThatMayBeLong) {
  WorkerPool pool({.workers = 2, .realtime = true});
  Counting timed;
  Calling lengthy([&] { timed.wait_for(1); });
  Calling task([&] { pool.notify_at(timed, MonotonicClock().now() + 50ms), pool.notify(lengthy); });
  pool.notify(task);
  lengthy.wait_for(1);
  for (Task* each : {static_cast<Task*>(&task), static_cast<Task*>(&lengthy), static_cast<Task*>(&timed)})
    pool.retire(*each);
}

TEST(WorkerPool, TasksThatNotifyOneAnotherForEverLeaveOthersTheirTurn) {
  WorkerPool pool({.workers = 1, .realtime = true});
  std::atomic<bool> done{false};
  Calling* other = nullptr;
  Calling ping([&] { done || (pool.notify(*other), true); }), pong([&] { pool.notify(ping); });
  other = &pong;
  Counting third;
  pool.notify(ping);
  ping.wait_for(1);
  pool.notify(third);
  third.wait_for(1);
  done = true;
  for (Task* each :
       {static_cast<Task*>(&ping), static_cast<Task*>(&pong), static_cast<Task*>(&ping), static_cast<Task*>(&third)})
    pool.retire(*each);
}

// Every pass finds the other side asleep, or about to fall asleep.
TEST(WorkerPool, LosesNoWakeUpBetweenTwoPools) {
  constexpr int kPasses = 1000;
  WorkerPool here({.workers = 2}), there({.workers = 2, .realtime = true});
  Calling* back = nullptr;
  std::atomic<int> left{kPasses};
  Calling over([&] { here.notify(*back); });
  Calling from([&] { left.fetch_sub(1) > 1 ? there.notify(over) : void(); });
  back = &from;
  here.notify(from);
  from.wait_for(kPasses);
  there.retire(over);
  here.retire(from);
}

TEST(WorkerPool, LosesNoTimerAmongManyTasks) {
  constexpr int kTasks = 32, kTurns = 100;
  WorkerPool pool({.workers = 3, .realtime = true});
  std::vector<std::unique_ptr<Calling>> tasks;
  for (int n = 0; n < kTasks; ++n) {
    tasks.push_back(std::make_unique<Calling>([&, n] {
      Calling& self = *tasks[static_cast<std::size_t>(n)];
      if (self.runs.load() + 1 < kTurns) pool.notify_at(self, MonotonicClock().now() + n * 7us);
    }));
  }
  for (const auto& task : tasks) pool.notify(*task);
  for (const auto& task : tasks) task->wait_for(kTurns);
  for (const auto& task : tasks) pool.retire(*task);
}

TEST(Hold, OfAnIdleTaskKeepsItFromRunningAndRemembersTheNotification) {
  WorkerPool pool({.workers = 1});
  Counting task, other;
  ASSERT_TRUE(pool.hold(task, 10s));
  pool.notify(task);
  pool.notify(task);
  pool.notify(other);
  other.wait_for(1);
  EXPECT_EQ(task.runs.load(), 0);
  pool.release(task);
  task.wait_for(1);
  pool.retire(task);
  EXPECT_EQ(task.runs.load(), 1) << "two notifications of a task that stands still are one turn";
}

TEST(Hold, OfATaskThatNothingHappenedToLeavesItIdle) {
  WorkerPool pool({.workers = 1});
  Counting task;
  ASSERT_TRUE(pool.hold(task, 10s));
  pool.release(task);
  pool.retire(task);
  EXPECT_EQ(task.runs.load(), 0);
}

// Runs until it is let end, or somebody wants it to stand still.
class Busy final : public Task {
 public:
  bool run() noexcept override {
    running = true;
    running.notify_all();
    while (!may_end && !(polite && hold_wanted())) std::this_thread::yield();
    turns.fetch_add(1);
    return !may_end;
  }
  std::atomic<bool> running{false}, may_end{false}, polite{true};
  std::atomic<int> turns{0};
};

TEST(Hold, OfARunningTaskWaitsForTheEndOfItsTurnAndItGoesOnAfterwards) {
  WorkerPool pool({.workers = 1});
  Busy task;
  pool.notify(task);
  task.running.wait(false);
  ASSERT_TRUE(pool.hold(task, 10s));
  const int turns = task.turns.load();
  EXPECT_EQ(turns, 1);
  task.may_end = true;
  pool.release(task);
  pool.retire(task);
  EXPECT_EQ(task.turns.load(), 2) << "it had work left";
}

TEST(Hold, ThatIsNotGrantedInTimeLeavesTheTaskRunning) {
  WorkerPool pool({.workers = 1});
  Busy task;
  task.polite = false;
  pool.notify(task);
  task.running.wait(false);
  EXPECT_FALSE(pool.hold(task, 1ms));
  task.may_end = true;
  pool.retire(task);
  EXPECT_EQ(task.turns.load(), 1);
  pool.notify(task);
  while (task.turns.load() < 2) std::this_thread::yield();
  pool.retire(task);
}

TEST(Hold, AndReleaseUnderNotificationsLoseNone) {
  WorkerPool pool({.workers = 2});
  Counting task;
  std::atomic<bool> done{false};
  std::jthread notifier([&] {
    for (int k = 0; k < 20000; ++k) pool.notify(task);
    done = true;
  });
  for (int n = 0; !done; ++n) {
    if (!pool.hold(task, n % 3 ? Duration(10s) : Duration(0))) continue;
    const int runs = task.runs.load();
    std::this_thread::yield();
    EXPECT_EQ(task.runs.load(), runs);
    pool.release(task);
  }
  notifier.join();
  pool.retire(task);
  const int before = task.runs.load();
  EXPECT_GT(before, 0);
  pool.notify(task);
  task.wait_for(before + 1);
  pool.retire(task);
  EXPECT_FALSE(task.overlapped.load());
}

}  // namespace
}  // namespace sluice
