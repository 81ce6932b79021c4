// The island compiler: which links are function calls and which are rings. Internal to the graph room.
#pragma once

#include "engine/graph/plan.h"

namespace sluice {

// Fills islands, borders (without credits), island_of, border_of and live.
void cut_into_islands(Plan& plan);

// What a link does when its consumer cannot keep up: its own policy, or the graph's; ahead of a pacer it waits, and
// where no clock is followed.
Overload overrun_policy(const Plan& plan, const BuiltLink& link);

}  // namespace sluice
