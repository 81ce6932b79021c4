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

class Tracer;

// What all islands of a session share.
struct SessionState {
  const Clock* clock = nullptr;
  Tracer* tracer = nullptr;                   // null: nobody wants to know what runs when
  bool live = false;                          // some node follows a clock: every block's time is read exactly
  std::optional<Duration> stream_limit;       // free-running sources end after this much stream
  std::atomic<bool> counts{true};             // Session::take_counts()
  std::atomic<bool> launched{false};          // every node is prepared; before, a wake only leaves its mark
  std::atomic<bool> stopping{false};          // sources end, the rest drains
  std::atomic<bool> aborted{false};           // nothing more runs
  std::atomic<std::size_t> nodes_running{0};  // islands count down; zero: drained
  // Once a node has failed its part of the graph has ended; a border that overran ends the session.
  std::function<void(const std::string&node, std::string_view message)> failed, overrun;
  std::function<void()> drained;
};

class AgeGate;
class NodeRuntime;

// A task lives as long as its session: an edit gives it other nodes.
class IslandTask final : public Task {
 public:
  // A node, in topological order, and what the engine keeps of it.
  struct Part {
    Node* node;
    std::string name;
    NodeRuntime* runtime;
  };
  IslandTask(SessionState& session, WorkerPool& pool, const std::vector<Part>& parts = {});
  ~IslandTask() override;

  // Putting it together: nothing that runs is touched before connect().
  // `max_age`, if any: older blocks are shed here, and counted in `shed`.
  void add_fused_link(OutPort& from, InPort& to, std::optional<Duration> max_age, std::atomic<std::uint64_t>& shed);
  void add_entry(BorderLink& border, InPort& to);
  void add_exit(BorderLink& border, OutPort& from);
  // Works out which borders and joins hold back which head. After all links are added.
  void finish_wiring();

  // Changing it: neither this task nor another that has its nodes may run meanwhile.
  void connect();                          // the ports of its nodes, as put together
  void disconnect();                       // them from everything
  void inherit(const IslandTask& before);  // how far the nodes are that were a part of `before`
  void become(IslandTask& fresh);          // trades nodes and links with `fresh`
  bool has_ended(const Node& node) const noexcept;
  void end_input(InPort& port) noexcept;  // of a node of the island: its stream has ended

  void wake() noexcept { pool_->notify(*this); }
  WorkerPool& pool() const noexcept { return *pool_; }
  const IslandMetrics& metrics() const noexcept { return metrics_; }

  bool run() noexcept override;

  // For a node of this island, during its turn: the time to stamp a block with.
  Time stamp_time() const noexcept { return exact_ ? session_.clock->now() : now_; }

 private:
  struct Target {
    InPort* port;
    std::size_t slot;
  };

  // Where an output's blocks go: to an input of the island, or through a gate or border.
  struct Wire {
    OutPort* from;
    InPort* to;  // null: by `delivery`
    Delivery* delivery;
  };

  // A node with what the island knows of it. The first cache line is what every call touches.
  struct alignas(64) Slot {
    // Calls until the next that is looked at closely. Until then there is one input, a block waits there when the slot
    // is marked, and the stream goes on.
    std::uint32_t plain = 0;
    std::uint32_t untimed = 0;  // with several inputs, every call is looked at; until then without the clock
    std::uint32_t skipped = 0;  // calls between the last timed one and the next
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
    std::uint32_t trace = 0;             // its name in a trace
    std::atomic<bool>* woken = nullptr;  // somebody wants it pulled
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
    std::vector<BorderLink*> gates;  // exits reached from here: no step while one is closed
    std::vector<InPort*> joins;      // inputs that wait for another head's blocks

    std::uint32_t trace_depth = 0, trace_shed = 0;  // names in a trace
    std::uint64_t traced_shed = 0;
  };

  std::size_t index(const Slot& slot) const noexcept { return static_cast<std::size_t>(&slot - slots_.data()); }
  void mark(std::size_t slot) noexcept { ready_[slot / 64] |= std::uint64_t{1} << (slot % 64); }
  void list_lines();
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
  std::size_t slot_of(const Node& node) const noexcept;
  void end_input(std::size_t slot, InPort& port) noexcept;
  void finish(Slot& slot) noexcept;
  void end_outputs(Slot& slot) noexcept;
  bool check_failure(Slot& slot) noexcept;
  void give_up(Slot& slot) noexcept;
  void arm_timer() noexcept;
  void follow_counts() noexcept;
  void end_turn(Time begin, int steps, bool more) noexcept;
  bool numbers_are_old() const noexcept;
  void publish() noexcept;
  void publish(const Slot& slot) noexcept;
  void reach(std::size_t slot, Head& head, std::vector<bool>& seen) const;
  static void look_soon(Slot& slot) noexcept;
  void name_for_trace(Slot& slot);
  void name_for_trace(Head& head);
  void trace_call(const Slot& slot, Time start, Time end) noexcept;
  void trace_turn(Time begin, Time end) noexcept;
  void account(Slot& slot, Time start, Time end) noexcept;
  template <typename Call>
  void timed(Slot& slot, Call call) noexcept;

  SessionState& session_;
  WorkerPool* pool_;
  std::vector<Slot> slots_;
  std::vector<std::unique_ptr<Head>> heads_;  // entries first: what is farthest downstream runs first
  std::vector<std::unique_ptr<AgeGate>> gates_;
  std::vector<BorderLink*> exits_;
  std::vector<Wire> wires_;
  std::vector<std::uint64_t> ready_;  // bit per slot: has work
  std::vector<const void*> lines_;    // cache lines that a block touches on its way through
  std::vector<Slot*> sinks_;          // whose blocks' age is taken
  bool changed_ = false;              // since the last turn
  bool counting_ = true;              // blocks, run times and ages
  IslandMetrics metrics_;
  std::uint32_t trace_ = 0;  // its name in a trace

  // The island's sense of time: the clock is read before every step where a node follows a clock or where steps are
  // long enough not to notice, otherwise once a turn.
  Time now_{};
  Time published_{};
  Duration longest_lately_{};  // turn
  bool exact_ = true;
  bool fresh_ = true;  // sinks take the age of what they get in this step: now_ was read just before it
};

}  // namespace sluice
