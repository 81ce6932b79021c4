#include "engine/graph/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace sluice {
namespace {

namespace fs = std::filesystem;

// Only for sources: a sink must never write over a file beside the graph.
std::string found_beside_graph(const NodeSpec& spec, const Node& node, const ParamInfo& info,
                               const std::string& value) {
  const bool is_file = info.type == "text" && (info.name == "path" || info.name == "file");
  const bool source = node.ins().empty() && node.in_families().empty();
  if (!is_file || !source || spec.base_dir.empty() || value.empty() || value == "-") return value;
  std::error_code failed;
  const fs::path beside = fs::path(spec.base_dir) / value;
  return !fs::exists(value, failed) && fs::exists(beside, failed) ? beside.string() : value;
}

}  // namespace

bool assign_params(const NodeSpec& spec, Node& node, Report& report) {
  bool fine = true;
  for (const ParamSpec& given : spec.params) {
    const auto param = std::ranges::find(node.params(), given.name, [](const ParamBase* p) { return p->name(); });
    if (param == node.params().end()) {
      fine = false;
      std::vector<std::string> names;
      for (const ParamBase* known : node.params()) names.push_back(known->name());
      if (given.name.empty())
        report.error(given.name_mark, fmt::format("{} ({}) takes no argument", in_quotes(spec.name), spec.type));
      else
        report.unknown(given.name_mark, "parameter", given.name, fmt::format("of '{}' ({})", spec.name, spec.type),
                       names);
      continue;
    }
    const Status status = (*param)->assign(found_beside_graph(spec, node, (*param)->info(), given.value));
    if (status) continue;
    fine = false;
    report.error(given.mark,
                 fmt::format("{} of '{}' ({}){}: {}", given.name, spec.name, spec.type,
                             given.origin.empty() ? "" : ", from " + given.origin, status.error().message),
                 given.name + ": " + status.error().message);
  }
  for (const ParamBase* param : node.params()) {
    const bool named = std::ranges::find(spec.params, param->name(), &ParamSpec::name) != spec.params.end();
    if (!param->info().required || named) continue;
    fine = false;
    report.error(spec.mark, fmt::format("'{}' ({}) needs the parameter '{}': {}", spec.name, spec.type, param->name(),
                                        param->info().doc));
  }
  return fine;
}

}  // namespace sluice
