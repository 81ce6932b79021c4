// What `sluice check` says about a plan: every path with its latency bound, the islands and why they are so.
#pragma once

#include <string>

#include "engine/graph/plan.h"

namespace sluice::apps {

// For people. Requires plan.ok() or at least a compiled plan.
std::string check_text(const Plan& plan);

// For programs: {"ok","errors":[{"file","line","column","message"}],"paths":[...],"islands":[...]}; ARCHITECTURE.md.
std::string check_json(const Plan& plan);

// Graphviz: islands as boxes, borders as dashed edges, formats on the links.
std::string dot_text(const Plan& plan);

}  // namespace sluice::apps
