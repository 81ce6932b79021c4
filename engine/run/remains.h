// What leaves a running graph and feeds nothing that stays: it drains by itself, beside the graph that goes on.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/run/running_graph.h"

namespace sluice {

class Remains {
 public:
  // `leaving`: per node of `before`, whether it is a part. `lost_borders`: per border of `before`, whether its blocks
  // are for somebody else. Touches nothing that runs.
  Remains(const RunningGraph& before, const std::vector<bool>& leaving, const std::vector<bool>& lost_borders,
          const SessionState& session, Executor& executor);
  ~Remains();  // gives up what has not drained
  Remains(const Remains&) = delete;
  Remains& operator=(const Remains&) = delete;

  // Every island of `before` that a part belongs to stands still, and its ports are disconnected: the parts are
  // connected among themselves, and what came from elsewhere has ended.
  void begin();
  // The parts run from now on.
  void release();
  // Waits until every part is flushed, then stops them. What could not be finished is named in `unclean`.
  void finish(Duration timeout, const std::atomic<bool>& give_up, std::vector<std::string>& unclean);

 private:
  IslandTask* task_of(std::size_t node) const { return tasks_[before_.plan.island_of[node]].get(); }
  void make_islands(Executor& executor);
  void make_links();
  void make_pools();
  void cut_off();
  void stop_nodes();

  const RunningGraph& before_;
  const std::vector<bool>& leaving_;
  const std::vector<bool>& lost_borders_;
  SessionState state_;
  std::vector<std::unique_ptr<IslandTask>> tasks_;  // per island of `before`; null: it has no part
  std::vector<std::pair<OutPort*, std::shared_ptr<BlockPool>>> pools_;
  std::mutex mutex_;  // guards drained_, failures_
  std::condition_variable changed_;
  bool drained_ = false;
  std::vector<std::string> failures_;
  bool begun_ = false, stopped_ = false;
};

}  // namespace sluice
