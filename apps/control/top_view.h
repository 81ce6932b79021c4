// What `sluice top` shows of a running graph: text made of /graph.json.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sluice::control {

// `now` is what /graph.json answers. `before` is an earlier one of the same graph, for rates, or null: then rates are
// those since the start. Throws nlohmann::json::exception when `now` is something else.
std::string top_text(const nlohmann::json& now, const nlohmann::json& before);

}  // namespace sluice::control
