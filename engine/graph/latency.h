// Latency analysis: credits from the budget, worst case per path. Internal to the graph room.
#pragma once

#include "engine/graph/plan.h"

namespace sluice {

// Chooses the credits of every border: what the budget leaves after the algorithmic delays, within [kMinCredits,
// kMaxCredits].
void assign_credits(Plan& plan);

// Fills plan.max_age: under `shed`, the budget less the delays that still lie ahead of a link.
void assign_deadlines(Plan& plan);

// Fills plan.paths. Requires assigned credits.
void analyse_latency(Plan& plan);

// All of compile() but the report of paths over budget.
Plan lay_out(BuiltGraph graph, const Costs* costs);

}  // namespace sluice
