// What `sluice bench` does: runs a graph on the calling thread, as fast as it goes, and times every call.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/graph/costs.h"
#include "engine/graph/plan.h"

namespace sluice {

struct MeasureOptions {
  Duration stream = std::chrono::seconds(10);  // of every source, after a tenth of it as warm-up
  // A source of the given format: stands in for those that are not run. Never ends; emits blocks of at most that
  // length.
  std::function<std::unique_ptr<Node>(const StreamSpec&)> signal;
};

// The model of this machine's CPU, as the system names it.
std::string cpu_model();

// Run times are those of the processor: what else the machine does, and what a node waits for, is not in them.
// Sources and sinks that are devices, sockets or files, and nodes that follow a clock, are neither opened nor run: the
// signal, nothing and a copy stand in for them. Islands are those of the plan. Between two blocks of a source the
// caches are filled with other things, as they are while a live graph waits. Fails where nothing can stand in for a
// node, or when a node fails. Uses the plan's nodes up.
Result<Costs> measure_costs(Plan plan, const MeasureOptions& options);

}  // namespace sluice
