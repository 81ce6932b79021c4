// Puts a graph together aside: what it keeps of the running one stays untouched until the edit is swapped in.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "engine/graph/diff.h"
#include "engine/run/running_graph.h"

namespace sluice {

// Blocks of a pool that `ports` outputs of an island share: what may be outside the island at a time, and some to
// spare.
std::size_t blocks_in_pool(std::size_t ports, const Plan& plan);
// The workers that an island runs on.
WorkerPool& workers_of(const Plan& plan, const Island& island, Executor& executor);

// Not real-time safe; the running graph goes on meanwhile. A first start is an edit of the empty graph.
class Wiring {
 public:
  // An island that is new or not as it was: `fresh` is what `task` is to become.
  struct Change {
    std::shared_ptr<IslandTask> task;
    std::unique_ptr<IslandTask> fresh;
  };

  // `diff` leads from `before` to `next`. Nothing of `before` is changed but the nodes' reference counts.
  Wiring(Plan next, const RunningGraph& before, const GraphDiff& diff, SessionState& state, Executor& executor);

  RunningGraph graph;
  std::vector<Change> changes;
  std::vector<std::shared_ptr<IslandTask>> idle;  // tasks of the running graph that have no island in this one
  // Pools of kept nodes that move to another island; to be given to the ports when both islands stand still.
  std::vector<std::pair<OutPort*, std::shared_ptr<BlockPool>>> moved_pools;

 private:
  void adopt_nodes();
  void make_runtimes();
  void choose_tasks();
  void make_borders();
  bool keeps_border(std::size_t link) const;
  bool is_unchanged(std::size_t island) const;
  void make_islands();
  void make_links(std::vector<IslandTask*>& islands);
  void make_pools(const IslandTask& task, const Island& island);

  const RunningGraph& before_;
  const GraphDiff& diff_;
  SessionState& state_;
  Executor& executor_;
  std::vector<std::optional<std::size_t>> island_from_;  // per island: the running one whose task it has
};

}  // namespace sluice
