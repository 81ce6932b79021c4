#include "engine/core/cpus.h"

#include <gtest/gtest.h>

#include <thread>

namespace sluice {
namespace {

TEST(Cpus, AThreadThatIsBoundMayRunOnThatCpuOnly) {
  const std::vector<int> all = allowed_cpus();
  ASSERT_FALSE(all.empty());
  std::thread([&] {
    ASSERT_TRUE(bind_to_cpu(all.back()));
    EXPECT_EQ(allowed_cpus(), std::vector<int>{all.back()});
  }).join();
  EXPECT_EQ(allowed_cpus(), all) << "of this thread nothing has changed";
}

TEST(Cpus, ACpuThatIsNotThereIsRefused) {
  EXPECT_FALSE(bind_to_cpu(-1));
  EXPECT_FALSE(bind_to_cpu(1 << 20));
}

}  // namespace
}  // namespace sluice
