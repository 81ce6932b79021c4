#include "engine/run/virtual_clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/run/executor.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr Time kStart{Duration(1'000'000'000)};

// Writes down when it runs, and asks for its next turn.
class Ticking final : public Task {
 public:
  Ticking(Executor& executor, std::vector<Duration>& runs, Duration period, int turns)
      : executor_(executor), runs_(runs), period_(period), left_(turns) {}
  bool run() noexcept override {
    runs_.push_back(executor_.clock().now() - kStart);
    if (--left_ > 0)
      executor_.elastic_pool().notify_at(*this, executor_.clock().now() + period_);
    else
      done.store(true), done.notify_all();
    return false;
  }
  std::atomic<bool> done{false};

 private:
  Executor& executor_;
  std::vector<Duration>& runs_;
  Duration period_;
  int left_;
};

TEST(VirtualClock, JumpsFromTimerToTimerWhenNothingIsLeftToRun) {
  VirtualClock clock(kStart);
  Executor executor({.virtual_clock = &clock});
  std::vector<Duration> runs;
  Ticking hourly(executor, runs, 1h, 3), often(executor, runs, 40min, 4);
  executor.realtime_pool().notify(hourly);
  executor.elastic_pool().notify(often);
  EXPECT_TRUE(runs.empty()) << "nothing runs before the release";
  clock.release();
  hourly.done.wait(false);
  often.done.wait(false);
  executor.elastic_pool().retire(hourly);
  executor.elastic_pool().retire(often);
  // At 120 min both are due; the hourly timer was set first.
  EXPECT_THAT(runs, ElementsAre(0min, 0min, 40min, 60min, 80min, 120min, 120min));
}

TEST(VirtualClock, StandsStillWithoutATimer) {
  VirtualClock clock(kStart);
  Executor executor({.virtual_clock = &clock});
  clock.release();
  EXPECT_EQ(clock.advance(), nullptr);
  EXPECT_EQ(executor.clock().now(), kStart);
}

TEST(VirtualClock, IsReleasedByTheEndOfItsExecutor) {
  VirtualClock clock(kStart);
  { const Executor executor({.virtual_clock = &clock}); }
  clock.wait_for_release();
}

TEST(VirtualClock, ForgetsATaskAndAReplacedTimer) {
  VirtualClock clock(kStart);
  Executor executor({.virtual_clock = &clock});
  std::vector<Duration> runs;
  Ticking gone(executor, runs, 1s, 1), stays(executor, runs, 1s, 1);
  WorkerPool& pool = executor.elastic_pool();
  pool.notify_at(gone, kStart + 1s);
  pool.notify_at(stays, kStart + 2s);
  pool.notify_at(stays, kStart + 5s);
  pool.retire(gone);
  clock.release();
  stays.done.wait(false);
  pool.retire(stays);
  EXPECT_FALSE(gone.done);
  EXPECT_THAT(runs, ElementsAre(5s));
}

}  // namespace
}  // namespace sluice
