// What running a graph takes, node by node: declared by nodes, or measured on one machine (engine/run/measure.h).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/core/clock.h"
#include "engine/graph/spec.h"

namespace sluice {

struct Plan;

// Run time of one turn: for a node one call, for an island all that follows from one block that enters it.
struct RunTime {
  Duration p50{}, p99{};
  double cpu = 0;  // s of run time per s of stream: the share of one core that keeping up takes
};

struct IslandCost {
  std::vector<std::string> nodes;  // in topological order
  RunTime time;
};

struct Costs {
  std::string graph_hash;  // of the graph that was measured: graph_hash()
  std::string machine;     // model of the CPU that it was measured on
  std::map<std::string, RunTime> nodes;
  std::vector<IslandCost> islands;
  std::vector<std::string>
      stood_in_for;  // nodes that were not run: devices, sockets and files. Their time is left out.
};

// 16 hexadecimal digits that change with whatever may change a graph's costs: FNV-1a (RFC 9923) of its printed form.
std::string graph_hash(const GraphSpec& spec);

// Fills every island's run time and share of a core: the island's own where just these nodes were measured as one, else
// the sum of its nodes', each measured or, failing that, declared; unknown when one of them is. `costs` may be null.
// Reports real-time islands of live graphs that need more than a core.
void assign_costs(Plan& plan, const Costs* costs);

}  // namespace sluice
