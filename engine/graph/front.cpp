#include "engine/graph/front.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/graph/reader.h"

namespace sluice {
namespace {

std::map<std::string, Given> given_by(const FrontOptions& options) {
  std::map<std::string, Given> given;
  for (const auto& [name, value] : options.vars)
    given[name] = {{value, std::nullopt, "--set " + name}, {"--set", 1, 1}};
  return given;
}

Parsed finish(Load& load, const std::string& file) {
  std::ranges::sort(load.names);
  for (const auto& [name, chain] : load.replacements)
    load.report.unknown({"--replace", 1, 1}, "node", name, "", load.names);
  return {std::move(load.spec), load.report.take(file)};
}

// The port of a composite, as the inner port it leads to declares it.
PortInfo describe_port(const OpenPort& open, const GraphSpec& spec, const Registry& registry) {
  PortInfo info{.name = open.name, .doc = {}, .media = {}, .codec = {}};
  const auto node =
      open.ends.empty() ? spec.nodes.end() : std::ranges::find(spec.nodes, open.ends[0].node, &NodeSpec::name);
  if (node == spec.nodes.end()) return info;
  const Descriptor inner = registry.describe(node->type);
  const std::vector<PortInfo>& ports = open.input ? inner.ins : inner.outs;
  const std::string& name = open.ends[0].port;
  const auto port = std::ranges::find_if(ports, [&](const PortInfo& p) { return name.empty() || p.name == name; });
  if (port != ports.end()) info = *port;
  info.name = open.name;
  return info;
}

// A variable as a parameter: as the inner parameter that it feeds declares it. A value that is one variable and nothing
// else has the place of the variable's default.
ParamInfo describe_variable(const Document& document, const Entry& variable, const GraphSpec& spec,
                            const Registry& registry) {
  const Value* value = variable.value.is_map() ? variable.value.find("default") : &variable.value;
  ParamInfo info{.name = variable.key,
                 .type = "text",
                 .unit = {},
                 .default_text = value ? value->text : "",
                 .choices = {},
                 .doc = {},
                 .required = !value || value->is_nothing()};
  const Mark mark = value ? document.mark(*value) : Mark{};
  for (const NodeSpec& node : spec.nodes)
    for (const ParamSpec& param : node.params) {
      if (param.mark.line != mark.line || param.mark.column != mark.column || param.mark.file != mark.file) continue;
      const Descriptor inner = registry.describe(node.type);
      const auto known = std::ranges::find(inner.params, param.name, &ParamInfo::name);
      if (known == inner.params.end()) continue;
      info = *known;
      info.name = variable.key;
      info.default_text = param.value;
    }
  if (const Value* doc = variable.value.find("doc"); doc && doc->is_scalar()) info.doc = doc->text;
  return info;
}

Descriptor describe_composite(const std::string& type, const std::string& file, Load& load, const Registry& registry) {
  Descriptor d;
  d.type = type;
  const Document* document = load.catalogue.document(file, {}, load.report);
  if (!document || !document->root().is_map()) return d;
  GraphReader reader(load, "/", std::filesystem::path(file).parent_path(), type);
  reader.read(*document, {});
  for (const char* key : {"description", "doc"})
    if (const Value* doc = document->root().find(key); doc && doc->is_scalar()) d.doc = doc->text;
  for (const OpenPort& port : reader.take_open_ports())
    (port.input ? d.ins : d.outs).push_back(describe_port(port, load.spec, registry));
  if (const Value* variables = document->root().find("vars"))
    for (const Entry& variable : variables->entries)
      d.params.push_back(describe_variable(*document, variable, load.spec, registry));
  return d;
}

}  // namespace

Parsed parse_graph_yaml(std::string_view text, const std::string& file, const Registry& registry,
                        const FrontOptions& options) {
  namespace fs = std::filesystem;
  Load load(registry, options);
  std::error_code failed;
  load.files.push_back(fs::weakly_canonical(file, failed).string());
  load.spec.name = fs::path(file).stem().string();
  Document document(file, text);
  if (!document.parse(load.report)) return {std::move(load.spec), load.report.take(file)};
  GraphReader reader(load, "", fs::path(file).parent_path(), fs::path(file).filename());
  reader.read(document, given_by(options));
  reader.read_heading(document);
  for (const std::string& chain : options.additions) reader.read_line(chain, "--add", {});
  load.spec.open = reader.take_open_ports();
  return finish(load, file);
}

Parsed parse_graph_file(const std::string& path, const Registry& registry, const FrontOptions& options) {
  const Result<std::string> text = read_text_file(path, true);
  if (text) return parse_graph_yaml(*text, path, registry, options);
  return {GraphSpec{}, {{{path, 1, 1}, text.error().message}}};
}

Parsed parse_graph_line(std::string_view text, const Registry& registry, const FrontOptions& options) {
  const std::string file = "-e";
  Load load(registry, options);
  load.spec.name = "line";
  load.spec.mark = {file, 1, 1};
  GraphReader reader(load, "", "", file);
  reader.read_line(text, file, given_by(options));
  for (const std::string& chain : options.additions) reader.read_line(chain, "--add", {});
  return finish(load, file);
}

std::vector<Descriptor> composite_nodes(const Registry& registry, const FrontOptions& wanted) {
  FrontOptions options = wanted;
  options.load_plugin = {};  // looking at what there is runs no code of others
  std::vector<Descriptor> found;
  for (const auto& [type, file] : Load(registry, options).catalogue.composites()) {
    Load load(registry, options);
    load.replacements.clear();
    found.push_back(describe_composite(type, file, load, registry));
  }
  return found;
}

}  // namespace sluice
