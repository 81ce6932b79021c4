// What differs between a running graph and a new one: which nodes may go on living, and what becomes of the rest.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph/build.h"

namespace sluice {

// A live parameter that the new graph gives another value.
struct ParamChange {
  std::size_t node = 0;  // index into the new graph's nodes
  std::string param;
  std::string from, to;  // as a graph file would say it
};

struct GraphDiff {
  // Per node of the new graph: the running node that goes on in its place. It has the same name, type and constant
  // parameters, and configure() gave both the same: formats and largest blocks of all ports, delay and queueing.
  std::vector<std::optional<std::size_t>> kept_from;
  // Per link of the new graph: the running link between nodes and ports of the same names, kept or replaced.
  std::vector<std::optional<std::size_t>> link_from;
  std::vector<ParamChange> params;  // of kept nodes
  // Names, in the order of the graphs. A replaced node is in both graphs; it differs.
  std::vector<std::string> kept, replaced, added, removed;

  bool only_params() const { return replaced.empty() && added.empty() && removed.empty(); }
};

// Both graphs must be ok(). Not real-time safe.
GraphDiff diff_graphs(const BuiltGraph& running, const BuiltGraph& next);

}  // namespace sluice
