// GET /graph.json: the graph as it runs: nodes, links, islands, paths. GET /params: what of it can be set.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/graph/plan.h"

namespace sluice::control {

// {"graph","live","budget_ms","nodes":[{"name","type","island","ins","outs","params","counters"}],
//  "links":[{"from":"a.out","to":"b.in","format","border"}], and what `sluice check --json` says: "islands", "borders",
//  "paths"}. Passwords in URLs are left out.
nlohmann::json graph_json(const Plan& plan);

// {"name","value","type","unit","default","min","max","choices","doc","live"}; min, max, choices where they apply.
nlohmann::json param_json(const ParamBase& param);

// {"node","type","params":[...]}.
nlohmann::json params_json(const BuiltNode& node);

}  // namespace sluice::control
