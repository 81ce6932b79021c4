// An island at run time: a run of nodes executed depth-first by function calls, by one worker at a time.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph/plan.h"
#include "engine/run/border_link.h"
#include "engine/run/executor.h"
#include "engine/run/metrics.h"

namespace sluice {

// What all islands of a session share.
struct SessionState {
  const Clock* clock = nullptr;
  bool live = false;  // some node follows a clock: every block's time is read exactly
  std::optional<Duration> budget;
  std::optional<Duration> stream_limit;       // free-running sources end after this much stream
  std::atomic<bool> launched{false};          // every node is prepared; before, a wake only leaves its mark
  std::atomic<bool> stopping{false};          // sources end, the rest drains
  std::atomic<bool> aborted{false};           // nothing more runs
  std::atomic<std::size_t> nodes_running{0};  // islands count down; zero: drained
  std::function<void(const std::string& node, std::string_view message)> failed;
  std::function<void()> drained;
};

class AgeGate;

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
  // Gives every output of the island's nodes its pool: one for all that emit blocks of one shape.
  // `in_flight`: blocks that may be outside the island at a time.
  void make_pools(std::size_t in_flight);
  // Works out which borders and joins hold back which head. After all links are added.
  void finish_wiring();

  void wake() noexcept { pool_->notify(*this); }
  void wake_node(std::size_t slot) noexcept;  // marks a self-driven node; the caller notifies the pool
  WorkerPool& pool() noexcept { return *pool_; }
  const IslandMetrics& metrics() const noexcept { return metrics_; }

  bool run() noexcept override;

  // For a node of this island, during its turn: the time to stamp a block with.
  Time stamp_time() const noexcept { return exact_ ? session_.clock->now() : now_; }

 private:
  struct Target {
    InPort* port;
    std::size_t slot;
  };

  // A node with what the island knows of it. The first cache line is what every call touches.
  struct alignas(64) Slot {
    // Calls until the next that is looked at closely. Until then there is one input, a block waits there when the slot
    // is marked, and the stream goes on.
    std::uint32_t plain = 0;
    std::uint32_t skipped = 0;  // plain calls between the last close look and the next
    Node* node = nullptr;
    InPort* only = nullptr;      // the node's one input: a block there is work; null: the node says when it is ready
    Slot* next = nullptr;        // the one node that its blocks go to, where that is all and the island is small
    std::uint64_t next_bit = 0;  // its bit
    Duration::rep last_ns = 0;   // of the last timed call
    SinkMetrics* latency = nullptr;  // of a sink whose blocks' age is taken here
    bool ending = false;             // an input has ended
    bool ended = false;
    bool driven = false;  // by itself
    NodeMetrics* metrics = nullptr;
    std::string name;
    Traits traits;
    std::vector<Target> targets;
    std::vector<BorderLink*> exits;
  };

  // Where blocks come into the island: a border's consumer end, or a self-driven node.
  struct Head {
    std::size_t slot = 0;
    BorderLink* border = nullptr;  // null: self-driven
    InPort* port = nullptr;        // of the border
    bool ended = false;
    Pull next = Pull::again();
    std::atomic<bool> woken{false};
    std::vector<BorderLink*> gates;  // exits reached from here: no step while one is closed
    std::vector<InPort*> joins;      // inputs that wait for another head's blocks
  };

  std::size_t index(const Slot& slot) const noexcept { return static_cast<std::size_t>(&slot - slots_.data()); }
  void mark(std::size_t slot) noexcept { ready_[slot / 64] |= std::uint64_t{1} << (slot % 64); }
  bool advance() noexcept;
  bool step_entry(Head& head) noexcept;
  bool step_driven(Head& head) noexcept;
  bool due(Head& head, Slot& slot) noexcept;
  bool may_go(Head& head) noexcept;
  bool retry_exits() noexcept;
  void settle() noexcept;
  Slot* take_ready() noexcept;
  void run_slot(Slot& slot) noexcept;
  void look_at(Slot& slot) noexcept;
  bool process(Slot& slot) noexcept;
  void process_sink(Slot& slot) noexcept;
  void pull(Head& head, Slot& slot) noexcept;
  bool past_stream_limit(const Slot& slot) const noexcept;
  void end_input(std::size_t slot, InPort& port) noexcept;
  void finish(Slot& slot) noexcept;
  bool check_failure(Slot& slot) noexcept;
  void arm_timer() noexcept;
  void end_turn(Time begin, int steps) noexcept;
  void publish() noexcept;
  void publish(const Slot& slot) noexcept;
  void reach(std::size_t slot, Head& head, std::vector<bool>& seen) const;
  static void look_soon(Slot& slot) noexcept;
  void account(Slot& slot, Time start, Time end) noexcept;
  template <typename Call>
  void timed(Slot& slot, Call call) noexcept;

  SessionState& session_;
  WorkerPool* pool_;
  std::vector<std::size_t> nodes_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<Head>> heads_;  // entries first: what is farthest downstream runs first
  std::vector<std::unique_ptr<AgeGate>> gates_;
  std::vector<BorderLink*> exits_;
  std::vector<std::uint64_t> ready_;  // bit per slot: has work
  std::vector<Slot*> sinks_;          // whose blocks' age is taken
  IslandMetrics metrics_;

  // The island's sense of time: the clock is read before every step where a node follows a clock or where steps are
  // long enough not to notice, otherwise once a turn.
  Time now_{};
  Time published_{};
  bool exact_ = true;
  bool fresh_ = true;  // now_ was read just before this step
};

}  // namespace sluice
