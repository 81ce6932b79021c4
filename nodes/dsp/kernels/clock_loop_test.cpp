#include "nodes/dsp/kernels/clock_loop.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace sluice::dsp {
namespace {

// A queue between two clocks: its wait grows by the drift and by what the loop bends the rate.
class Queue {
 public:
  Queue(double drift, double jitter_s, double period_s = 0.01)
      : drift_(drift), jitter_(0, jitter_s), period_s_(period_s) {}

  void run(double seconds) {
    least_ = most_ = wait_s_;
    bent_ = 0;
    for (double t = 0; t < seconds; t += period_s_) {
      wait_s_ += (drift_ + loop_.correction()) * period_s_;
      loop_.read(wait_s_ + jitter_(random_), period_s_);
      least_ = std::min(least_, wait_s_);
      most_ = std::max(most_, wait_s_);
      bent_ = std::max(bent_, std::abs(loop_.correction() + drift_));
    }
  }
  double least_ms() const { return least_ * 1e3; }
  double most_ms() const { return most_ * 1e3; }
  double bent_ppm() const { return bent_ * 1e6; }  // beyond what the drift asks for

  ClockLoop loop_{0.04, 0.01};
  double wait_s_ = 0.04;
  double drift_;

 private:
  std::minstd_rand random_{5};
  std::uniform_real_distribution<double> jitter_;
  double period_s_;
  double least_ = 0, most_ = 0, bent_ = 0;
};

// What the bridge promises: +-200 ppm, callbacks up to 2 ms late.
TEST(ClockLoop, HoldsTheWaitForAnHourOfDrift) {
  for (const double drift : {-200e-6, 0.0, 200e-6}) {
    Queue queue(drift, 2e-3);
    queue.run(60);
    queue.run(3600);
    EXPECT_GT(queue.least_ms(), 39 - 0.2) << drift;
    EXPECT_LT(queue.most_ms(), 39 + 0.2) << drift << ": the mean reading is 1 ms late";
    EXPECT_LT(queue.bent_ppm(), 100) << drift;
    EXPECT_NEAR(queue.loop_.correction(), -drift, 100e-6);
  }
}

TEST(ClockLoop, ADriftThatChangesMovesTheWaitByLessThanAMillisecond) {
  Queue queue(0, 0);
  queue.run(60);
  queue.drift_ = 200e-6;
  queue.run(60);
  EXPECT_LT(queue.most_ms(), 41);
  queue.run(60);
  EXPECT_NEAR(queue.wait_s_ * 1e3, 40, 0.01);
}

TEST(ClockLoop, BringsASmallErrorBackInSecondsWithoutAJump) {
  Queue queue(100e-6, 0);
  queue.wait_s_ = 0.049;
  queue.run(10);
  EXPECT_FALSE(queue.loop_.jump());
  queue.run(20);
  EXPECT_NEAR(queue.wait_s_ * 1e3, 40, 0.5);
  EXPECT_GT(queue.least_ms(), 38) << "the overshoot";
}

TEST(ClockLoop, NeverBendsTheRateByMoreThanItMay) {
  ClockLoop loop(0.04, 0.01);
  for (int n = 0; n < 1000; ++n) {
    loop.read(10, 0.01);
    ASSERT_GE(loop.correction(), -ClockLoop::kMostCorrection);
  }
  for (int n = 0; n < 1000; ++n) {
    loop.read(-10, 0.01);
    ASSERT_LE(loop.correction(), ClockLoop::kMostCorrection);
  }
}

TEST(ClockLoop, JumpsByWhatEveryReadingAgreesOn) {
  ClockLoop loop(0.04, 0.01);
  std::optional<double> jump;
  for (int n = 0; n < 20 && !jump; ++n) {
    loop.read(n % 2 ? 0.34 : 0.36, 0.01);
    jump = loop.jump();
  }
  ASSERT_TRUE(jump);
  EXPECT_NEAR(*jump, 0.3, 1e-9) << "the nearest reading";
  loop.jumped();
  EXPECT_FALSE(loop.jump());
  jump.reset();
  for (int n = 0; n < 20 && !jump; ++n) {
    loop.read(0.01, 0.01);
    jump = loop.jump();
  }
  ASSERT_TRUE(jump);
  EXPECT_NEAR(*jump, -0.03, 1e-9);
}

TEST(ClockLoop, OneLateReadingInATenthOfASecondIsNoReasonToJump) {
  ClockLoop loop(0.04, 0.01);
  for (int n = 0; n < 1000; ++n) {
    loop.read(n % 10 == 0 ? 0.04 : 0.2, 0.01);
    ASSERT_FALSE(loop.jump());
  }
}

TEST(ClockLoop, KeepsTheDriftItHasLearntOverAJump) {
  Queue queue(150e-6, 0);
  queue.run(120);
  queue.loop_.jumped();
  EXPECT_NEAR(queue.loop_.correction() * 1e6, -150, 5);
}

TEST(UsualAge, IsTheLeastOfTheLastSeconds) {
  UsualAge usual;
  double t = 0;
  for (; t < 5; t += 0.01) usual.observe(t, 0.012 + 0.003 * std::abs(std::sin(50 * t)));
  EXPECT_NEAR(usual.age_s(), 0.012, 1e-4);
  for (int n = 0; n < 30; ++n) usual.observe(t, 0.3 - 0.01 * n);  // a backlog after a stall
  EXPECT_NEAR(usual.age_s(), 0.010, 1e-9);
  for (const double end = t + 2.1; t < end; t += 0.01) usual.observe(t, 0.05);  // what lasts is usual
  EXPECT_NEAR(usual.age_s(), 0.05, 1e-9);
}

}  // namespace
}  // namespace sluice::dsp
