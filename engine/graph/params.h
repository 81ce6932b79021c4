// Assigns the parameters of a graph text to a node. Internal to the graph room.
#pragma once

#include "engine/graph/report.h"
#include "engine/node/node.h"

namespace sluice {

// Reports unknown parameters, values that a parameter refuses, and required ones that are missing.
// Returns whether all is well. A source's relative file that is absent in the working folder is taken from beside the
// graph's text.
bool assign_params(const NodeSpec& spec, Node& node, Report& report);

}  // namespace sluice
