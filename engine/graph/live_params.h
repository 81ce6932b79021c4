// Changes a live parameter of a built graph.
#pragma once

#include <string_view>

#include "engine/graph/build.h"

namespace sluice {

// Gives the live parameter `param` of `node` the value `text`, as a graph file would say it; the graph's spec says so
// from then on. The error names what is allowed: the nodes, the node's live parameters, or the parameter's range.
// One thread at a time, beside the nodes' own. Not realtime-safe.
Status adjust_param(BuiltGraph& graph, std::string_view node, std::string_view param, std::string_view text);

}  // namespace sluice
