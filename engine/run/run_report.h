// RunReport of a running graph.
#pragma once

#include "engine/run/metrics.h"
#include "engine/run/running_graph.h"

namespace sluice {

// Fills in what the nodes, islands and borders have counted. Any thread, while no edit takes place.
void count(const RunningGraph& graph, RunReport& report);

}  // namespace sluice
