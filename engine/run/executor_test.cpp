#include "engine/run/executor.h"

#include <gtest/gtest.h>

#include "engine/core/cpus.h"
#include "engine/graph/live_nodes_for_tests.h"
#include "engine/run/wiring.h"

namespace sluice {
namespace {

class WhereAmI final : public Task {
 public:
  bool run() noexcept override {
    cpus = allowed_cpus();
    done = true;
    done.notify_all();
    return false;
  }
  std::vector<int> cpus;
  std::atomic<bool> done{false};
};

TEST(Executor, AWorkerThatIsPinnedRunsOnItsCpuOnly) {
  Executor executor({.raise_priority = false});
  const int cpu = allowed_cpus().back();
  for (const bool realtime : {false, true}) {
    WorkerPool& pool = executor.pinned_pool(cpu, realtime);
    WhereAmI task;
    pool.notify(task);
    task.done.wait(false);
    pool.retire(task);
    EXPECT_EQ(task.cpus, std::vector<int>{cpu});
    EXPECT_EQ(pool.serves_realtime(), realtime);
    EXPECT_EQ(&pool, &executor.pinned_pool(cpu, realtime));
  }
}

// The workers of the island that node `b` is in.
WorkerPool& workers_of_b(const std::string& options, Executor& executor, const std::string& source = "device") {
  const Plan plan = plan_of("nodes: { a: " + source + ", b: { type: pass, cut: true" + options +
                            " }, c: end }\nlinks: [ a -> b -> c ]\n");
  return workers_of(plan, plan.islands.at(plan.island_of.at(1)), executor);
}

TEST(Executor, IslandsOfALiveGraphRunOnRealTimeWorkersUnlessTheFileSaysOtherwise) {
  Executor executor({.raise_priority = false});
  EXPECT_EQ(&workers_of_b("", executor), &executor.realtime_pool());
  EXPECT_EQ(&workers_of_b(", priority: realtime", executor), &executor.realtime_pool());
  EXPECT_EQ(&workers_of_b(", priority: background", executor), &executor.elastic_pool());
  EXPECT_EQ(&workers_of_b("", executor, "free"), &executor.elastic_pool()) << "no clock is followed";
}

TEST(Executor, AnIslandThatIsPinnedHasWorkersOfItsOwn) {
  Executor executor({.raise_priority = false});
  EXPECT_EQ(&workers_of_b(", pin: 0", executor), &executor.pinned_pool(0, true));
  EXPECT_EQ(&workers_of_b(", pin: 0, priority: background", executor), &executor.pinned_pool(0, false));
}

TEST(Executor, InVirtualTimeOneWorkerRunsEverything) {
  VirtualClock clock{Time(std::chrono::seconds(1))};
  Executor executor({.virtual_clock = &clock});
  EXPECT_EQ(&workers_of_b(", pin: 0", executor), &executor.elastic_pool());
  EXPECT_EQ(&executor.realtime_pool(), &executor.elastic_pool());
}

}  // namespace
}  // namespace sluice
