// Which clock drives each stream, and where a stream meets a second one. Internal to the graph room.
//   A source with a clock drives what comes of it: a microphone, the wall clock behind a pacer.
//   A source without one drives nothing: it is as fast as it is let, and back-pressure brings it into step.
//   A sink with a clock, or a pacer, takes its input by that clock; a join needs its inputs in step.
// So a bridge belongs where a driven stream enters a node that follows another clock, and before all but one of the
// inputs of a join that are driven by different clocks. The network follows nobody: it takes what comes.
#pragma once

#include <cstddef>
#include <set>

#include "engine/graph/build.h"
#include "engine/graph/report.h"

namespace sluice {

// Demands a clock bridge in an error that names both nodes and both clocks or, with auto_convert, puts one there; and
// tells each bridge which clock to follow. Before formats are negotiated: needs parameters and links only. `broken`
// nodes are left alone.
void bridge_clocks(BuiltGraph& graph, const Registry& registry, const std::set<std::size_t>& broken, Report& report);

}  // namespace sluice
