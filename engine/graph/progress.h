// Absence of deadlock: no graph that passes can come to stand still while its sources have more to give. README.md has
// the argument. Internal to the graph room.
#pragma once

#include <cstddef>

#include "engine/graph/plan.h"

namespace sluice {

// Raises the credits of waiting borders where a branch needs more blocks in flight, up to kMostCredits, and reports
// what cannot be helped that way: the nodes that hold back, the links that fill up, what is needed and what there is.
// Requires assigned credits.
void ensure_progress(Plan& plan);

}  // namespace sluice
