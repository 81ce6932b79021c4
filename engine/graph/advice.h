// What to change in a graph that is over its budget. Internal to the graph room.
#pragma once

#include "engine/graph/plan.h"

namespace sluice {

// Reports every path over its budget: its largest share, and a change of one value in the file that is known to help,
// because the graph was built anew with it. Requires analysed latency.
void report_over_budget(Plan& plan, const Costs* costs);

}  // namespace sluice
