// A plan with everything that runs it. Plain data: built by Wiring, changed by GraphEdit, read by reports.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/graph/plan.h"
#include "engine/run/border_link.h"
#include "engine/run/island_task.h"
#include "engine/run/node_runtime.h"

namespace sluice {

// The parts are shared because a changed graph is put together aside with those of the running one that it keeps.
struct RunningGraph {
  std::vector<std::shared_ptr<BlockPool>> pools;  // every pool whose blocks may be under way; outlives everything below
  Plan plan;
  std::vector<std::shared_ptr<NodeRuntime>> runtimes;             // per node
  std::vector<std::shared_ptr<std::atomic<std::uint64_t>>> shed;  // per link: outside of its present border
  std::vector<std::shared_ptr<BorderLink>> borders;               // per border of the plan
  std::vector<std::shared_ptr<IslandTask>> tasks;                 // per island of the plan
  std::vector<std::shared_ptr<IslandTask>> spare_tasks;           // without nodes since an edit
};

}  // namespace sluice
