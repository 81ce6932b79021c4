// Latency analysis: credits from the budget, worst case per path. Internal to the graph room.
#pragma once

#include "engine/graph/plan.h"

namespace sluice {

// How long blocks may wait inside a node. What a bridge between clocks holds back (its queueing()) waits ahead of the
// clock that it follows, at a border, and is counted there.
Duration waiting_inside(const Node& node);

// Sets the parameters that nodes left to the budget (Node::elastic()), in the order of the stream. One keeps its
// default while every border of its ways can have the fewest credits, and gets more where they keep those of a graph
// without a budget.
void choose_delays(Plan& plan);

// Chooses the credits of every border: what the budget leaves after the algorithmic delays, within [kMinCredits,
// kMaxCredits]; before a clock that a bridge follows at least what the bridge holds back.
void assign_credits(Plan& plan);

// Fills plan.max_age: under `shed`, the budget less the delays that still lie ahead of a link.
void assign_deadlines(Plan& plan);

// Fills plan.paths. Requires assigned credits.
void analyse_latency(Plan& plan);

// All of compile() but the report of paths over budget.
Plan lay_out(BuiltGraph graph, const Costs* costs);

}  // namespace sluice
