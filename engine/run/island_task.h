// An island at run time: a run of nodes executed depth-first by function calls, by one worker at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "engine/graph/plan.h"
#include "engine/run/border_link.h"
#include "engine/run/executor.h"
#include "engine/run/metrics.h"

namespace sluice {

// What all islands of a session share.
struct SessionState {
  const Clock* clock = nullptr;
  std::optional<Duration> budget;
  std::optional<Duration> stream_limit;       // free-running sources end after this much stream
  std::atomic<bool> launched{false};          // every node is prepared; before, a wake only leaves its mark
  std::atomic<bool> stopping{false};          // sources end, the rest drains
  std::atomic<bool> aborted{false};           // nothing more runs
  std::atomic<std::size_t> nodes_running{0};  // islands count down; zero: drained
  std::function<void(const std::string& node, std::string_view message)> failed;
  std::function<void()> drained;
};

class IslandTask final : public Task {
 public:
  IslandTask(const Island& island, const Plan& plan, SessionState& session, WorkerPool& pool);
  ~IslandTask() override;

  // Wiring, before start. `slot` is the node's index within the island.
  std::size_t slot_of(std::size_t node) const;
  // `max_age`, if any: older blocks are shed here, and counted in `shed`.
  void add_fused_link(OutPort& from, InPort& to, std::size_t from_slot, std::size_t to_slot,
                      std::optional<Duration> max_age, std::atomic<std::uint64_t>& shed);
  void add_entry(BorderLink& border, InPort& to, std::size_t slot);
  void add_exit(BorderLink& border, OutPort& from, std::size_t from_slot);
  void set_metrics(std::size_t slot, NodeMetrics* node, SinkMetrics* sink);
  // Works out which borders and joins hold back which head. After all links are added.
  void finish_wiring();

  void wake() noexcept { pool_->notify(*this); }
  void wake_node(std::size_t slot) noexcept;  // marks a self-driven node; the caller notifies the pool
  WorkerPool& pool() noexcept { return *pool_; }

  bool run() noexcept override;

 private:
  struct FusedLink;
  struct Slot;
  struct Head;

  void mark(std::size_t slot) noexcept { ready_[slot / 64] |= std::uint64_t{1} << (slot % 64); }
  bool advance() noexcept;
  bool step_entry(Head& head) noexcept;
  bool step_driven(Head& head) noexcept;
  bool due(Head& head, Slot& slot) noexcept;
  bool may_go(Head& head) noexcept;
  bool retry_exits() noexcept;
  void settle() noexcept;
  void run_slot(std::size_t n) noexcept;
  bool process_once(Slot& slot) noexcept;
  bool past_stream_limit(const Slot& slot) const noexcept;
  void finish(std::size_t n) noexcept;
  bool check_failure(Slot& slot) noexcept;
  void arm_timer() noexcept;
  void reach(std::size_t slot, Head& head, std::vector<bool>& seen) const;
  template <typename Call>
  void timed(Slot& slot, Call call) noexcept;

  SessionState& session_;
  WorkerPool* pool_;
  std::vector<std::size_t> nodes_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::unique_ptr<Head>> heads_;  // entries first: what is farthest downstream runs first
  std::vector<std::unique_ptr<FusedLink>> fused_;
  std::vector<BorderLink*> exits_;
  std::vector<std::uint64_t> ready_;  // bit per slot: has work
};

}  // namespace sluice
