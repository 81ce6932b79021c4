// The paths under /params, and the values that are put there.
#pragma once

#include <string>
#include <string_view>

#include "apps/control/http.h"
#include "engine/graph/build.h"

namespace sluice::control {

// What a path after "/params/" means in a graph.
struct ParamPlace {
  enum class What { nothing, all, node, param } what = What::nothing;
  std::string node = {}, param = {};  // their names
  const BuiltNode* built = nullptr;   // valid as long as the graph
  const ParamBase* found = nullptr;
  std::string message = {};  // nothing: what is unknown, and the nearest right name
};

// "" is all, "volume" a node, "volume/gain" a parameter; "enc/bank/block" is one of the node "enc/bank".
ParamPlace find_param(const BuiltGraph& graph, std::string_view path);

// The value as a graph file would say it: the body itself, or, when its content type is JSON, a number, text, true or
// false, or {"value": one of these}.
Result<std::string> value_text(const Request& request);

}  // namespace sluice::control
