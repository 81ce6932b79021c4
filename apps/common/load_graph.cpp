#include "apps/common/load_graph.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <optional>

#include "apps/common/costs_file.h"
#include "apps/common/graph_files.h"
#include "apps/common/plugins.h"
#include "engine/node/plugin_loader.h"
#include "engine/run/measure.h"

namespace sluice::apps {
namespace {

// Gives a composite that is looked at by itself something to work on.
void close_ports(GraphSpec& spec) {
  for (const OpenPort& port : spec.open) {
    NodeSpec node{.name = port.name,
                  .type = port.input ? "tone" : "discard",
                  .mark = port.mark,
                  .type_mark = port.mark,
                  .params = {},
                  .placement = {},
                  .base_dir = {}};
    while (std::ranges::find(spec.nodes, node.name, &NodeSpec::name) != spec.nodes.end()) node.name += "_";
    const Endpoint outside{.node = node.name, .port = {}, .mark = port.mark};
    for (const Endpoint& inside : port.ends)
      spec.links.push_back(
          {.from = port.input ? outside : inside, .to = port.input ? inside : outside, .on_overrun = {}});
    spec.nodes.push_back(std::move(node));
  }
  spec.open.clear();
}

void refuse_ports(Parsed& parsed) {
  if (parsed.spec.open.empty()) return;
  const OpenPort& port = parsed.spec.open.front();
  parsed.diagnostics.push_back(
      {port.mark, fmt::format("'{}' is a part for other graphs, with an open port '{}': use it as a node",
                              parsed.spec.name, port.name)});
}

Parsed parse(const GraphRequest& request, const Registry& registry, const FrontOptions& options) {
  if (!request.text.empty()) return parse_graph_yaml(request.text, request.file, registry, options);
  if (!request.line.empty()) return parse_graph_line(request.line, registry, options);
  return parse_graph_file(find_graph(request.file), registry, options);
}

// The run times that were asked for, whatever they were measured on; else those beside the graph, if they are of just
// this graph and this machine.
std::optional<Costs> find_costs(const GraphRequest& request, BuiltGraph& graph) {
  const bool asked = request.costs.has_value();
  const std::string path = asked ? *request.costs : request.file.empty() ? "" : costs_path(find_graph(request.file));
  if (path.empty()) return {};
  std::error_code failed;
  if (!asked && !std::filesystem::exists(path, failed)) return {};
  Result<Costs> costs = read_costs(path);
  if (!costs) {
    graph.diagnostics.push_back({{path, 0, 0}, costs.error().message, !asked});
    return {};
  }
  const bool same_graph = costs->graph_hash == graph_hash(graph.spec), same_machine = costs->machine == cpu_model();
  if (!asked && !(same_graph && same_machine)) return {};
  if (!same_graph)
    graph.diagnostics.push_back({{path, 0, 0}, "measured of another graph: nodes are told by their names", true});
  if (!same_machine)
    graph.diagnostics.push_back({{path, 0, 0}, fmt::format("measured on another machine, {}", costs->machine), true});
  return *costs;
}

}  // namespace

Result<std::pair<std::string, std::string>> split_assignment(const std::string& text, const std::string& option) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0)
    return std::unexpected(Error{option, fmt::format("'{}' is not of the form NAME=VALUE", text)});
  return std::pair{text.substr(0, equals), text.substr(equals + 1)};
}

FrontOptions front_options(const GraphRequest& request) {
  std::function<Status(const std::string&)> load = [](const std::string& file) {
    return load_plugin(file, Registry::global());
  };
  if (!request.loads_plugins) load = {};
  return {.vars = request.vars,
          .replacements = request.replacements,
          .additions = request.additions,
          .graph_path = graph_path(),
          .environment = {},
          .load_plugin = std::move(load)};
}

Plan load_graph(const GraphRequest& request, OpenPorts open_ports) {
  if (std::vector<Diagnostic> refused = load_plugins(request.plugins); !refused.empty()) {
    Plan failed;
    failed.diagnostics() = std::move(refused);
    return failed;
  }
  const Registry& registry = Registry::global();
  const FrontOptions options = front_options(request);
  Parsed parsed = parse(request, registry, options);
  if (open_ports == OpenPorts::close)
    close_ports(parsed.spec);
  else
    refuse_ports(parsed);
  BuiltGraph built = build_graph(std::move(parsed.spec), registry, [&] { return composite_nodes(registry, options); });
  built.diagnostics = merge(std::move(parsed.diagnostics), built.diagnostics);
  if (built.ok()) {
    const std::optional<Costs> costs = find_costs(request, built);
    return compile(std::move(built), costs ? &*costs : nullptr);
  }
  Plan failed;
  failed.graph = std::move(built);
  return failed;
}

void print_diagnostics(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) fmt::print(stderr, "{}\n", to_string(diagnostic));
}

void print_causes(const std::vector<Diagnostic>& diagnostics) {
  for (Diagnostic diagnostic : diagnostics) {
    if (!diagnostic.cause.empty()) diagnostic = {{}, diagnostic.cause, diagnostic.warning};
    fmt::print(stderr, "{}\n", to_string(diagnostic));
  }
}

}  // namespace sluice::apps
