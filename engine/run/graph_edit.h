// One change of a running graph: put together aside, swapped in at a block boundary, or taken back.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/run/edit.h"
#include "engine/run/remains.h"
#include "engine/run/wiring.h"

namespace sluice {

// Called in order by one thread; when a step fails, take_back() follows and what runs is as it was.
class GraphEdit {
 public:
  GraphEdit(RunningGraph& running, Plan next, SessionState& state, Executor& executor);
  ~GraphEdit();
  GraphEdit(const GraphEdit&) = delete;
  GraphEdit& operator=(const GraphEdit&) = delete;

  // Prepares the nodes that come, sinks first.
  Status prepare();
  // Waits for the islands to be changed to stand still, the real-time ones last; swaps; lets them go on.
  // `reading` guards the running graph against readers, and is held for the swap alone.
  Status swap(Duration timeout, std::mutex& reading);
  // Instead of what would follow: stops what was prepared; what leaves has its own again. `cause`, with what could not
  // be taken back.
  Error take_back(const Error& cause);
  // Waits for what leaves to drain, and stops it.
  EditReport finish(Duration timeout);

 private:
  void sort_out_leaving();
  Status make_way(const BuiltNode& comes);
  bool hold_all(bool real_time, Time deadline);
  void release_all();
  Status check_ends() const;
  void finish_leaving();
  void finish_leaving(std::size_t n);
  void hand_over_blocks();
  void number_on();
  void put_in_place();
  void end_what_has_ended();
  void commit();
  void forget_pools();

  RunningGraph& running_;
  SessionState& state_;
  Executor& executor_;
  GraphDiff diff_;
  RunningGraph before_;  // shares the parts of `running_`
  std::unique_ptr<Wiring> wiring_;
  std::vector<bool> leaves_;         // per node of before_
  std::vector<bool> feeds_on_;       // of them: something that stays is fed by it
  std::vector<bool> remains_nodes_;  // of them: the others
  std::vector<bool> lost_borders_;   // per border of before_: handed on to a node that comes
  std::unique_ptr<Remains> remains_;
  std::vector<std::size_t> prepared_;  // nodes of the new graph
  std::vector<std::size_t> released_;  // of before_: they have handed over what they alone had
  std::vector<IslandTask*> to_hold_, held_;
  bool swapped_ = false;
  EditReport report_;
};

}  // namespace sluice
