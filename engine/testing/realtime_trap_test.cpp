#include "engine/testing/realtime_trap.h"

#include <gtest/gtest.h>

#include <memory>
#include <mutex>

namespace sluice {
namespace {

TEST(RealtimeTrap, CatchesAllocation) {
  if (!RealtimeTrap::active()) GTEST_SKIP() << "the sanitizer owns malloc";
  RealtimeTrap trap;
  auto number = std::make_unique<int>(3);
  *static_cast<volatile int*>(number.get()) = 4;
  EXPECT_GE(trap.violations(), 1);
  EXPECT_STREQ(trap.first_call(), "malloc");
}

TEST(RealtimeTrap, CatchesLocking) {
  if (!RealtimeTrap::active()) GTEST_SKIP() << "the sanitizer owns the mutex";
  std::mutex mutex;
  RealtimeTrap trap;
  { const std::lock_guard lock(mutex); }
  EXPECT_GE(trap.violations(), 1);
}

TEST(RealtimeTrap, IgnoresWhatHappensOutsideIt) {
  auto number = std::make_unique<int>(3);
  RealtimeTrap trap;
  EXPECT_EQ(trap.violations(), 0);
}

}  // namespace
}  // namespace sluice
