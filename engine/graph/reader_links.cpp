// Chains, names and ports: what links mean.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "engine/graph/reader.h"

namespace sluice {
namespace {

constexpr std::size_t kMostLinks = 100000;

std::string_view side(bool input) {
  return input ? "input" : "output";
}

const OpenPort* find_port(const std::vector<OpenPort>& ports, const std::string& name, bool input) {
  const auto found = std::ranges::find_if(
      ports, [&](const OpenPort& port) { return port.input == input && (name.empty() || port.name == name); });
  return found == ports.end() ? nullptr : &*found;
}

}  // namespace

// Names come first, so that a chain may name a node that a later one declares.
std::vector<std::vector<GraphReader::Reference>> GraphReader::read_chains(const Chains& chains, const Places& places) {
  for (const ChainError& error : chains.errors) load_.report.error(places(error.at), error.message);
  for (const Chain& chain : chains.chains)
    for (const Element& element : chain.elements)
      if (!element.name.empty()) promised_.insert(element.name);
  std::vector<std::vector<Reference>> references;
  for (const Chain& chain : chains.chains) {
    std::vector<Reference>& line = references.emplace_back();
    for (const Element& element : chain.elements) {
      Reference reference = read_element(element, places, line);
      line.push_back(std::move(reference));
    }
  }
  return references;
}

GraphReader::Reference GraphReader::read_element(const Element& element, const Places& places,
                                                 const std::vector<Reference>& before) {
  if (!element.called && element.name.empty())
    if (auto known = known_node(element, places, before)) return *std::move(known);
  return inline_node(element, places);
}

// A bare word that names a node, or node.port. A type that stands twice in one chain means two nodes, not a circle.
std::optional<GraphReader::Reference> GraphReader::known_node(const Element& element, const Places& places,
                                                              const std::vector<Reference>& before) {
  const std::string& word = element.word;
  const Mark mark = places(element.word_at);
  const bool repeated = std::ranges::any_of(before, [&](const Reference& other) { return other.local == word; });
  if (is_known(word) && !(repeated && load_.catalogue.knows(word, folder_))) return Reference{word, "", mark};
  const std::size_t dot = word.rfind('.');
  if (dot == std::string::npos) return {};
  const std::string node = word.substr(0, dot), port = word.substr(dot + 1);
  if (!is_known(node)) return {};
  const auto local = locals_.find(node);
  const bool has_it =
      local != locals_.end() && (has_port(local->second, port, true) || has_port(local->second, port, false));
  if (has_it || !load_.catalogue.knows(word, folder_)) return Reference{node, port, mark};
  return {};
}

GraphReader::Reference GraphReader::inline_node(const Element& element, const Places& places) {
  const Mark mark = places(element.word_at);
  Reference broken{.local = {}, .port = {}, .mark = mark, .broken = true};
  Declaration declaration{.name = element.name,
                          .type = {},
                          .use = {},
                          .mark = places(element.name_at),
                          .type_mark = mark,
                          .params = {},
                          .placement = {}};
  const bool bare = !element.called && element.name.empty();
  if (bare && !element.word.ends_with(".yaml") && !load_.catalogue.knows(element.word, folder_)) {
    std::vector<std::string> candidates = local_names();
    const bool only_types = candidates.empty();
    if (only_types || nearest(element.word, candidates).empty())
      candidates.insert(candidates.end(), load_.catalogue.types().begin(), load_.catalogue.types().end());
    load_.report.unknown(mark, only_types ? "node type" : "node or type", element.word, "", candidates);
    return broken;
  }
  if (declaration.name.empty()) declaration.name = fresh_name(element.word);
  const std::string name = declaration.name;
  if (load_.overflowed || load_.report.full()) return broken;
  take_element(element, places, declaration);
  declare(std::move(declaration));
  return {.local = name, .port = {}, .mark = mark};
}

// "file.read" -> "read", "read2", ...
std::string GraphReader::fresh_name(const std::string& word) {
  std::string base =
      word.ends_with(".yaml") ? std::filesystem::path(word).stem().string() : word.substr(word.rfind('.') + 1);
  std::ranges::replace(base, '.', '_');
  std::ranges::replace(base, '/', '_');
  if (!is_name(base)) base = "node";
  std::string name = base;
  for (std::size_t& number = numbered_[base]; number == 0 || is_known(name);)
    if (++number > 1) name = base + std::to_string(number);
  return name;
}

bool GraphReader::has_port(const LocalNode& local, const std::string& port, bool input) {
  if (local.composite) return find_port(local.ports, port, input) != nullptr;
  const Descriptor* node = load_.catalogue.node(local.type);
  if (!node) return false;
  const std::vector<PortInfo>& ports = input ? node->ins : node->outs;
  return std::ranges::find(ports, port, &PortInfo::name) != ports.end();
}

void GraphReader::link(const std::vector<std::vector<Reference>>& chains, const LinkOptions& options) {
  for (const std::vector<Reference>& chain : chains)
    for (std::size_t n = 0; n + 1 < chain.size(); ++n) link(chain[n], chain[n + 1], options);
}

void GraphReader::link(const Reference& from, const Reference& to, const LinkOptions& options) {
  if (load_.report.full()) return;
  const std::vector<Endpoint> outputs = ends(from, false), inputs = ends(to, true);
  for (const Endpoint& output : outputs)
    for (const Endpoint& input : inputs) {
      if (load_.spec.links.size() >= kMostLinks) {
        if (!load_.overflowed) load_.report.error(to.mark, fmt::format("the graph has more than {} links", kMostLinks));
        load_.overflowed = true;
        return;
      }
      if (output.node.empty() && input.node.empty()) continue;
      load_.spec.links.push_back({.from = output, .to = input, .on_overrun = options.on_overrun, .cut = options.cut});
    }
}

// The flat ports that one end of a link means. An end whose node was reported has no node, so that the other end counts
// as connected and draws no complaint of its own.
std::vector<Endpoint> GraphReader::ends(const Reference& reference, bool input) {
  const auto local = locals_.find(reference.local);
  if (reference.broken || local == locals_.end()) return {{.node = {}, .port = {}, .mark = reference.mark}};
  return ends(local->second, reference, input);
}

std::vector<Endpoint> GraphReader::ends(LocalNode& local, const Reference& reference, bool input) {
  if (!local.chain.empty()) return ends(input ? local.chain.front() : local.chain.back(), reference, input);
  const std::vector<Endpoint> nowhere{{.node = {}, .port = {}, .mark = reference.mark}};
  if (local.broken) return nowhere;
  if (!local.composite) {
    const bool keep = !local.replaced || has_port(local, reference.port, input);
    return {{.node = local.flat, .port = keep ? reference.port : "", .mark = reference.mark}};
  }
  const OpenPort* port = find_port(local.ports, reference.port, input);
  if (!port && local.replaced) port = find_port(local.ports, "", input);
  if (!port) {
    std::vector<std::string> names;
    for (const OpenPort& known : local.ports)
      if (known.input == input) names.push_back(known.name);
    if (names.empty())
      load_.report.error(reference.mark, fmt::format("{} has no {}", in_quotes(reference.local), side(input)));
    else
      load_.report.unknown(reference.mark, side(input), reference.port, "of " + in_quotes(reference.local), names);
    local.used.insert(names.begin(), names.end());  // one of them was meant
    return nowhere;
  }
  local.used.insert(port->name);
  std::vector<Endpoint> result = port->ends;
  for (Endpoint& end : result) end.mark = reference.mark;
  return result;
}

// A port of a composite that nothing leads to is reported where the composite is used, not inside of it: the link from
// nowhere says that it was.
void GraphReader::check_composites_connected() {
  for (auto& [name, local] : locals_) {
    if (!local.composite || local.broken || load_.overflowed) continue;
    for (const OpenPort& port : local.ports) {
      const bool optional =
          std::ranges::all_of(port.ends, [&](const Endpoint& end) { return is_optional(end, port.input); });
      if (local.used.contains(port.name) || optional) continue;
      load_.report.error(local.mark,
                         fmt::format("{} '{}' of {} is not connected", side(port.input), port.name, in_quotes(name)));
      const Endpoint nowhere{.node = {}, .port = {}, .mark = local.mark};
      for (const Endpoint& end : port.ends)
        load_.spec.links.push_back(
            {.from = port.input ? nowhere : end, .to = port.input ? end : nowhere, .on_overrun = {}});
    }
  }
}

bool GraphReader::is_optional(const Endpoint& end, bool input) {
  const auto node = std::ranges::find(load_.spec.nodes, end.node, &NodeSpec::name);
  const Descriptor* type = node == load_.spec.nodes.end() ? nullptr : load_.catalogue.node(node->type);
  if (!type) return true;
  const std::vector<PortInfo>& ports = input ? type->ins : type->outs;
  const auto port =
      std::ranges::find_if(ports, [&](const PortInfo& p) { return end.port.empty() || p.name == end.port; });
  return port != ports.end() && port->optional;
}

// `in: bank.in`, or `in: [left.in, right.in]`
void GraphReader::expose(const Document& document, const Entry& entry) {
  const Mark mark = document.mark(entry.place);
  if (!is_name(entry.key))
    return load_.report.error(
        mark, in_quotes(entry.key) + " is not a port's name: a letter, then letters, digits, '_' or '-'");
  OpenPort port{.name = entry.key, .input = true, .ends = {}, .mark = mark};
  const std::vector<Value> one{entry.value};
  for (const Value& value : entry.value.is_list() ? entry.value.items : one) {
    if (!value.is_scalar())
      return load_.report.error(document.mark(value),
                                fmt::format("{} exposes a port: node.port", in_quotes(entry.key)));
    const Element element{.name = {}, .word = value.text, .arguments = {}};
    const auto reference = known_node(element, [&](std::size_t) { return document.mark(value); }, {});
    if (!reference)
      return load_.report.unknown(document.mark(value), "node", value.text.substr(0, value.text.rfind('.')), "",
                                  local_names());
    const auto input = direction(*reference, entry.key);
    if (!input) return;
    port.input = *input;
    std::ranges::copy_if(ends(*reference, *input), std::back_inserter(port.ends),
                         [](const Endpoint& end) { return !end.node.empty(); });
  }
  if (!port.input && port.ends.size() > 1)
    return load_.report.error(
        mark, fmt::format("output {} has more than one source: join them with a node first", in_quotes(entry.key)));
  open_.push_back(std::move(port));
}

// Whether an exposed port is an input: as its port is; where that leaves it open, as its name says.
std::optional<bool> GraphReader::direction(const Reference& reference, const std::string& exposed_as) {
  const bool by_name = !exposed_as.starts_with("out");
  const LocalNode& local = locals_[reference.local];
  if (local.broken || !local.chain.empty()) return by_name;
  std::vector<std::string> ins, outs;
  if (local.composite) {
    for (const OpenPort& port : local.ports) (port.input ? ins : outs).push_back(port.name);
  } else if (const Descriptor* node = load_.catalogue.node(local.type)) {
    for (const PortInfo& port : node->ins) ins.push_back(port.name);
    for (const PortInfo& port : node->outs) outs.push_back(port.name);
  }
  const auto has = [&](const std::vector<std::string>& ports) {
    return reference.port.empty() ? !ports.empty() : std::ranges::find(ports, reference.port) != ports.end();
  };
  if (has(ins) != has(outs)) return has(ins);
  if (has(ins)) return by_name;
  ins.insert(ins.end(), outs.begin(), outs.end());
  load_.report.unknown(reference.mark, "port", reference.port, "of " + in_quotes(reference.local), ins);
  return {};
}

std::vector<std::string> GraphReader::local_names() const {
  std::vector<std::string> names;
  for (const auto& [name, local] : locals_) names.push_back(name);
  return names;
}

}  // namespace sluice
