// What was measured of a graph, as a file beside it: written by `sluice bench`, read by whoever loads the graph.
#pragma once

#include <string>

#include "engine/core/result.h"
#include "engine/graph/costs.h"

namespace sluice::apps {

// radio.yaml -> radio.costs.json
std::string costs_path(const std::string& graph_file);

// {"sluice_costs":1,"graph","graph_hash","machine","nodes":{NAME:{"p50_us","p99_us","cpu"}},
//  "islands":[{"nodes":[...],"p50_us","p99_us","cpu"}],"stood_in_for":[...]}
std::string to_json(const Costs& costs, const std::string& graph);

// Fails on what is not such a file, or is of a later version.
Result<Costs> parse_costs(const std::string& text);
Result<Costs> read_costs(const std::string& path);

}  // namespace sluice::apps
