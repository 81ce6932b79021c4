// Formats from the sources to the sinks: each link checked, each node configured, converters named or inserted.
// Internal to the graph room.
#pragma once

#include <functional>
#include <set>
#include <vector>

#include "engine/graph/build.h"
#include "engine/graph/report.h"

namespace sluice {

// Configures every node of `graph.order` that is not `broken` and does not depend on one that is. Where two formats do
// not meet it reports what would convert or, with auto_convert, puts it between them.
void negotiate(BuiltGraph& graph, const Registry& registry, std::function<std::vector<Descriptor>()> composites,
               std::set<std::size_t> broken, Report& report);

}  // namespace sluice
