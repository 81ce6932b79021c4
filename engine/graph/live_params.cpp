#include "engine/graph/live_params.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/graph/report.h"

namespace sluice {
namespace {

Error unknown(std::string_view what, std::string_view name, std::string_view of,
              const std::vector<std::string>& known) {
  Report report;
  report.unknown({}, what, name, of, known);
  return {"", report.take({}).front().message};
}

Error not_live(const BuiltNode& built, std::string_view param) {
  std::vector<std::string> live;
  for (const ParamBase* known : built.node->params())
    if (known->info().live) live.push_back(known->name());
  return {fmt::format("{}.{}", built.spec.name, param),
          live.empty()
              ? fmt::format("cannot be changed while running; nothing of '{}' can: replace the node", built.spec.type)
              : fmt::format("cannot be changed while running; what can: {}", listed(live))};
}

void note(NodeSpec& spec, std::string_view param, std::string_view text) {
  const auto given = std::ranges::find(spec.params, param, &ParamSpec::name);
  if (given != spec.params.end())
    given->value = text;
  else
    spec.params.push_back(
        {.name = std::string(param), .value = std::string(text), .mark = {}, .name_mark = {}, .origin = "live"});
}

}  // namespace

Status adjust_param(BuiltGraph& graph, std::string_view node, std::string_view param, std::string_view text) {
  const auto name_of = [](const BuiltNode& built) -> std::string_view { return built.spec.name; };
  const auto built = std::ranges::find(graph.nodes, node, name_of);
  if (built == graph.nodes.end()) {
    std::vector<std::string> names;
    for (const BuiltNode& known : graph.nodes) names.push_back(known.spec.name);
    return unknown("node", node, "", names);
  }
  const auto& params = built->node->params();
  const auto found = std::ranges::find(params, param, [](const ParamBase* p) -> std::string_view { return p->name(); });
  if (found == params.end()) {
    std::vector<std::string> names;
    for (const ParamBase* known : params) names.push_back(known->name());
    return unknown("parameter", param, fmt::format("of '{}' ({})", built->spec.name, built->spec.type), names);
  }
  if (!(*found)->info().live) return not_live(*built, param);
  const Status status = (*found)->adjust(text);
  if (!status) return Error{fmt::format("{}.{}", node, param), status.error().message};
  note(built->spec, param, (*found)->text());
  return {};
}

}  // namespace sluice
