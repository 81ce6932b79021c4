// BuiltGraph -> Plan: islands, borders with credits, latency bounds per path. Plain data (and the nodes it is about).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph/build.h"
#include "engine/graph/costs.h"

namespace sluice {

// What may wait in front of a node besides a border's credits, in blocks. The run time holds back whatever would come
// on top; the proof that a graph cannot stand still (progress.h) counts on it.
inline constexpr std::size_t kBlocksAtJoin = 64;  // at each input of a node that has several
inline constexpr std::size_t kBlocksAtPull = 2;   // at the input of a self-driven node

// A ring between two islands (or back into the same one).
struct Border {
  std::size_t link = 0;  // index into graph.links
  Overload on_overrun = Overload::wait;
  std::size_t credits = 0;  // blocks that may wait here
  std::string why;
};

// Nodes executed depth-first by function calls, one worker at a time.
struct Island {
  std::string name;                  // of its first node
  std::vector<std::size_t> nodes;    // in topological order
  bool realtime = true;              // every node is, and none runs in the background: it has the real-time workers
  std::optional<int> pin = {};       // the CPU that runs it
  std::optional<RunTime> time = {};  // of one turn, declared or measured; none: unknown
  std::string why;                   // what bounds it
};

// Worst-case latency of one way from a source to a sink, counted from the last node that stamps capture times.
struct PathLatency {
  std::string source, sink;
  std::vector<std::size_t> nodes;   // source ... sink
  std::vector<std::size_t> links;   // between them
  std::size_t stamped_at = 0;       // index into nodes of the last that stamps: what counts begins there
  Duration algorithmic{};           // delays that nodes declare
  Duration queueing{};              // credits x block period at every border, and queues inside nodes
  std::optional<Duration> compute;  // the islands' run times, p99 where measured; none: one is unknown
  std::optional<Duration> budget;

  Duration total() const { return algorithmic + queueing + compute.value_or(Duration{}); }
  bool over_budget() const { return budget && total() > *budget; }
};

struct Plan {
  BuiltGraph graph;
  std::vector<Island> islands;
  std::vector<Border> borders;
  std::vector<std::size_t> island_of;                 // per node
  std::vector<std::optional<std::size_t>> border_of;  // per link; none: fused
  std::vector<std::optional<Duration>>
      max_age;  // per link: an older block would miss the budget and is shed; none: never
  std::vector<PathLatency> paths;
  std::vector<std::string> uncounted;  // nodes whose own run time is in no `compute`: it was not measured
  bool live = false;                   // some node follows a clock: a device, the network or the wall

  bool ok() const { return graph.ok(); }
  std::vector<Diagnostic>& diagnostics() { return graph.diagnostics; }
  const std::vector<Diagnostic>& diagnostics() const { return graph.diagnostics; }
};

// Adds diagnostics when a path is over its budget, naming the largest share and what to change; when the graph could
// stand still; when an island needs more than a core. `costs`: what was measured of this graph, if anything.
// Requires graph.ok(). Not real-time safe.
Plan compile(BuiltGraph graph, const Costs* costs = nullptr);

// The graph with the parameters written out that its latency budget set (Node::elastic()): what it is run with, also
// where other run times would leave it more or less.
GraphSpec settled_spec(const Plan& plan);

}  // namespace sluice
