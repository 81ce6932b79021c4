#include "apps/control/graph_json.h"

#include <cmath>

#include "apps/common/check_report.h"
#include "nodes/net/kernels/web_text.h"

namespace sluice::control {
namespace {

using nlohmann::json;

json limit(double value) {
  return std::isfinite(value) && std::abs(value) < 1e300 ? json(value) : json(nullptr);
}

json counters_json(const Node& node) {
  json counters = json::array();
  for (const Counter* counter : node.counters())
    counters.push_back({{"name", counter->name()}, {"doc", counter->doc()}, {"fault", counter->is_fault()}});
  return counters;
}

template <typename Port>
json ports_json(const std::vector<Port*>& ports) {
  json all = json::array();
  for (const Port* port : ports) all.push_back({{"name", port->name()}, {"format", to_string(port->format())}});
  return all;
}

json node_json(const Plan& plan, std::size_t n) {
  const BuiltNode& built = plan.graph.nodes[n];
  json all = params_json(built);
  return {{"name", built.spec.name},
          {"type", built.spec.type},
          {"island", plan.islands[plan.island_of[n]].name},
          {"delay_ms", milliseconds(built.node->delay())},
          {"ins", ports_json(built.node->ins())},
          {"outs", ports_json(built.node->outs())},
          {"params", all["params"]},
          {"counters", counters_json(*built.node)}};
}

json link_json(const Plan& plan, std::size_t l) {
  const BuiltLink& link = plan.graph.links[l];
  const auto end = [&](std::size_t node, const std::string& port) {
    return plan.graph.nodes[node].spec.name + "." + port;
  };
  return {{"from", end(link.from, link.out->name())},
          {"to", end(link.to, link.in->name())},
          {"format", to_string(link.out->format())},
          {"border", plan.border_of[l].has_value()}};
}

}  // namespace

json param_json(const ParamBase& param) {
  const ParamInfo info = param.info();
  json result{{"name", info.name}, {"value", net::scrub_url(param.text())}, {"type", info.type},
              {"unit", info.unit}, {"default", info.default_text},          {"live", info.live},
              {"doc", info.doc}};
  if (info.type == "number" || info.type == "integer") {
    result["min"] = limit(info.min);
    result["max"] = limit(info.max);
  }
  if (!info.choices.empty()) result["choices"] = info.choices;
  return result;
}

json params_json(const BuiltNode& node) {
  json params = json::array();
  for (const ParamBase* param : node.node->params()) params.push_back(param_json(*param));
  return {{"node", node.spec.name}, {"type", node.spec.type}, {"params", params}};
}

json graph_json(const Plan& plan) {
  json nodes = json::array(), links = json::array();
  for (std::size_t n = 0; n < plan.graph.nodes.size(); ++n) nodes.push_back(node_json(plan, n));
  for (std::size_t l = 0; l < plan.graph.links.size(); ++l) links.push_back(link_json(plan, l));
  const std::optional<Duration> budget = plan.graph.spec.budget;
  json result{{"graph", plan.graph.spec.name},
              {"live", plan.live},
              {"budget_ms", budget ? json(milliseconds(*budget)) : json(nullptr)},
              {"nodes", nodes},
              {"links", links}};
  const json checked = json::parse(apps::check_json(plan));
  for (const char* part : {"islands", "borders", "paths"}) result[part] = checked.at(part);
  return result;
}

}  // namespace sluice::control
