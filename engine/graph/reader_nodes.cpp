// Declarations of nodes: plain ones, composites, replacements.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>

#include "engine/graph/reader.h"

namespace sluice {
namespace {

namespace fs = std::filesystem;

bool is_graph_file(std::string_view word) {
  return word.ends_with(".yaml") || word.ends_with(".yml");
}

// Keys of a node that are no parameters: where and by whom it is run.
constexpr std::array<std::string_view, 4> kPlacementKeys{"cut", "fuse", "pin", "priority"};
constexpr int kMostCpus = 1024;  // CPU_SETSIZE of Linux

bool is_placement(std::string_view key) {
  return std::ranges::find(kPlacementKeys, key) != kPlacementKeys.end();
}

constexpr std::string_view kNameRule = " is not a node's name: a letter, then letters, digits, '_' or '-'";

}  // namespace

void GraphReader::read_node(const Document& document, const Entry& entry) {
  const Mark mark = document.mark(entry.place);
  if (!is_name(entry.key)) return load_.report.error(mark, in_quotes(entry.key) + std::string(kNameRule));
  Declaration declaration{
      .name = entry.key, .type = {}, .use = {}, .mark = mark, .type_mark = mark, .params = {}, .placement = {}};
  if (entry.value.is_map())
    for (const Entry& key : entry.value.entries) read_node_key(document, key, declaration);
  else if (entry.value.is_scalar())
    read_short_node(document, entry.value, declaration);
  if (declaration.type.empty() == declaration.use.empty()) {
    load_.report.error(mark,
                       fmt::format("node {} needs {}: {{ type: ... }} or {{ use: FILE.yaml }}", in_quotes(entry.key),
                                   declaration.type.empty() ? "a type" : "either a type or a file to use"));
    locals_[entry.key].broken = true;
    return;
  }
  declare(std::move(declaration));
}

void GraphReader::read_node_key(const Document& document, const Entry& entry, Declaration& declaration) {
  const auto value = scalar(document, entry.value, entry.key);
  if (is_placement(entry.key)) {
    if (value) place(entry.key, *value, declaration.placement);
    return;
  }
  if (entry.key == "type" || entry.key == "use") {
    (entry.key == "type" ? declaration.type : declaration.use) = value ? value->text : "";
    if (value) declaration.type_mark = value->mark;
  } else if (value) {
    declaration.params.push_back({entry.key, value->text, value->mark, document.mark(entry.place), value->origin});
  }
}

// `cut: true`, `pin: 1`, `priority: background`
void GraphReader::place(const std::string& key, const Substituted& value, Placement& placement) {
  if (key == "cut") placement.cut = yes_or_no(value, key).value_or(false);
  if (key == "fuse") placement.fuse = yes_or_no(value, key).value_or(false);
  if (key == "pin") {
    int cpu = -1;
    const char* end = value.text.data() + value.text.size();
    const auto [rest, failed] = std::from_chars(value.text.data(), end, cpu);
    if (failed != std::errc() || rest != end || cpu < 0 || cpu >= kMostCpus)
      return load_.report.error(value.mark, fmt::format("'pin' is the number of a CPU, from 0 to {}, not {}",
                                                        kMostCpus - 1, in_quotes(value.text)));
    placement.pin = cpu;
  }
  if (key == "priority") {
    for (const Priority known : {Priority::automatic, Priority::realtime, Priority::background})
      if (value.text == to_string(known)) {
        placement.priority = known;
        return;
      }
    load_.report.unknown(value.mark, "priority", value.text, "", {"auto", "realtime", "background"});
  }
}

// `mic: audio.capture(rate=48 kHz)`
void GraphReader::read_short_node(const Document& document, const Value& value, Declaration& declaration) {
  const Chains chains = parse_chains(value.text);
  const Places places = [&](std::size_t offset) { return document.mark(value, offset); };
  for (const ChainError& error : chains.errors) load_.report.error(places(error.at), error.message);
  if (chains.chains.size() == 1 && chains.chains[0].elements.size() == 1 && chains.chains[0].elements[0].name.empty())
    take_element(chains.chains[0].elements[0], places, declaration);
  else if (chains.errors.empty())
    load_.report.error(document.mark(value), "a node in short is one type: mic: audio.capture(rate=48 kHz)");
}

void GraphReader::take_element(const Element& element, const Places& places, Declaration& declaration) {
  (is_graph_file(element.word) ? declaration.use : declaration.type) = element.word;
  declaration.type_mark = places(element.word_at);
  for (std::size_t n = 0; n < element.arguments.size(); ++n) {
    const Argument& argument = element.arguments[n];
    const Mark mark = places(argument.value_at);
    std::string name = argument.name;
    if (name.empty()) {
      if (n > 0) {
        load_.report.error(mark,
                           fmt::format("only the first argument may stand without a name: name={}", argument.value));
        continue;
      }
      name = first_parameter(declaration);
    }
    const auto same = [&](const ParamSpec& param) { return param.name == name; };
    if (std::ranges::any_of(declaration.params, same)) {
      load_.report.error(places(argument.name_at), in_quotes(name) + " is given twice");
      continue;
    }
    Substituted value = scope_.substitute(argument.value, mark, load_.report, load_.budget);
    if (value.broken) continue;
    if (is_placement(name))
      place(name, value, declaration.placement);
    else
      declaration.params.push_back({name, value.text, value.mark, places(argument.name_at), value.origin});
  }
}

// What an argument without a name is for; empty when the type is unknown or has no parameter.
std::string GraphReader::first_parameter(const Declaration& declaration) {
  if (const auto file = composite_file(declaration)) {
    const Document* document = load_.catalogue.document(*file, declaration.type_mark, load_.report);
    const Value* variables = document ? document->root().find("vars") : nullptr;
    return variables && !variables->entries.empty() ? variables->entries.front().key : "";
  }
  const Descriptor* node = load_.catalogue.node(declaration.type);
  return node && !node->params.empty() ? node->params.front().name : "";
}

// The graph file that a declaration uses; none for a registered type and for what cannot be found.
std::optional<std::string> GraphReader::composite_file(const Declaration& declaration) {
  if (!declaration.use.empty()) return load_.catalogue.used_file(declaration.use, folder_);
  if (load_.catalogue.node(declaration.type)) return {};
  return load_.catalogue.composite(declaration.type, folder_);
}

void GraphReader::declare(Declaration declaration) {
  const std::string name = declaration.name;
  if (locals_.contains(name))
    return load_.report.error(declaration.mark, fmt::format("there is a node {} already", in_quotes(name)));
  load_.names.push_back(prefix_ + name);
  const auto replacement = load_.replacements.find(prefix_ + name);
  if (replacement == load_.replacements.end()) {
    locals_[name] = make_node(std::move(declaration));
    return;
  }
  const std::string chain = std::move(replacement->second);
  load_.replacements.erase(replacement);
  locals_[name] = make_replacement(declaration, chain);
}

GraphReader::LocalNode GraphReader::make_node(Declaration declaration) {
  LocalNode broken;
  broken.broken = true;
  if (!room_for_one_more(declaration.mark)) return broken;
  if (const auto file = composite_file(declaration)) {
    const auto hidden = declaration.use.empty() ? load_.catalogue.shadowed(declaration.type, folder_) : std::nullopt;
    if (hidden)
      load_.report.warning(
          declaration.type_mark,
          fmt::format("{} is {} here, not {}: say 'use: {}' where that is meant, or rename it",
                      in_quotes(declaration.type), *file, *hidden, fs::path(*file).filename().string()));
    return make_composite(std::move(declaration), *file);
  }
  if (!declaration.use.empty()) {
    load_.report.error(
        declaration.type_mark,
        fmt::format("there is no graph file {}, looked for beside {}, in the working folder and along the graph path",
                    in_quotes(declaration.use), declaration.type_mark.file));
    return broken;
  }
  if (load_.catalogue.node(declaration.type)) return make_plain(std::move(declaration));
  load_.report.unknown(declaration.type_mark, "node type", declaration.type, "", load_.catalogue.types());
  return broken;
}

GraphReader::LocalNode GraphReader::make_plain(Declaration declaration) {
  LocalNode local;
  local.flat = prefix_ + declaration.name;
  local.type = declaration.type;
  load_.spec.nodes.push_back({.name = local.flat,
                              .type = std::move(declaration.type),
                              .mark = std::move(declaration.mark),
                              .type_mark = std::move(declaration.type_mark),
                              .params = std::move(declaration.params),
                              .placement = declaration.placement,
                              .base_dir = folder_});
  return local;
}

GraphReader::LocalNode GraphReader::make_composite(Declaration declaration, const std::string& file) {
  LocalNode local;
  local.mark = declaration.mark;
  local.composite = true;
  local.broken = true;
  const Document* document = load_.catalogue.document(file, declaration.type_mark, load_.report);
  if (!document || !enter(file, declaration.type_mark)) return local;
  std::map<std::string, Given> given;
  for (const ParamSpec& param : declaration.params)
    given[param.name] = {{param.value, param.mark, param.origin}, param.name_mark};
  const std::string what = declaration.type.empty() ? fs::path(file).filename().string() : declaration.type;
  GraphReader inner(load_, prefix_ + declaration.name + "/", fs::path(file).parent_path(), what);
  inner.read(*document, std::move(given));
  load_.files.pop_back();
  local.ports = inner.take_open_ports();
  local.broken = local.ports.empty();
  if (local.broken)
    load_.report.error(declaration.type_mark,
                       fmt::format("{} cannot be used as a node: it has no 'expose: {{ in: ..., out: ... }}'", file));
  place_composite(local, prefix_ + declaration.name + "/", declaration.placement);
  return local;
}

// A border before a composite is one before the nodes that its inputs lead to; its workers run all of its nodes that
// do not say otherwise themselves.
void GraphReader::place_composite(const LocalNode& composite, const std::string& prefix, const Placement& placement) {
  if (!placement.cut && !placement.fuse && !placement.pin && placement.priority == Priority::automatic) return;
  std::set<std::string> entered;
  for (const OpenPort& port : composite.ports)
    for (const Endpoint& end : port.ends)
      if (port.input) entered.insert(end.node);
  for (NodeSpec& node : load_.spec.nodes) {
    if (!node.name.starts_with(prefix)) continue;
    node.placement.cut |= placement.cut && entered.contains(node.name);
    node.placement.fuse |= placement.fuse && entered.contains(node.name);
    if (!node.placement.pin) node.placement.pin = placement.pin;
    if (node.placement.priority == Priority::automatic) node.placement.priority = placement.priority;
  }
}

GraphReader::LocalNode GraphReader::make_replacement(const Declaration& declaration, const std::string& text) {
  LocalNode local;
  const std::string file = "--replace " + prefix_ + declaration.name;
  const Chains chains = parse_chains(text);
  const Places places = places_in(text, file);
  if (chains.chains.size() != 1 || !chains.errors.empty()) {
    for (const ChainError& error : chains.errors) load_.report.error(places(error.at), error.message);
    if (chains.errors.empty()) load_.report.error({file, 1, 1}, "expected one chain: 'file.read(in.wav) -> pace'");
    local.broken = true;
    return local;
  }
  const std::vector<Element>& elements = chains.chains[0].elements;
  if (elements.size() == 1) {
    Declaration other{.name = declaration.name,
                      .type = {},
                      .use = {},
                      .mark = places(0),
                      .type_mark = {},
                      .params = {},
                      .placement = declaration.placement};
    take_element(elements[0], places, other);
    local = make_node(std::move(other));
    local.replaced = true;
    return local;
  }
  GraphReader inner(load_, prefix_ + declaration.name + "/", "", file);
  inner.scope_ = scope_;
  const auto references = inner.read_chains(chains, places);
  inner.link(references, {});
  for (const Reference& end : {references[0].front(), references[0].back()}) {
    local.chain.push_back(end.broken ? LocalNode{} : inner.locals_[end.local]);
    local.chain.back().replaced = true;
    local.chain.back().broken |= end.broken;
  }
  return local;
}

bool GraphReader::enter(const std::string& file, const Mark& mark) {
  std::error_code failed;
  const std::string canonical = fs::weakly_canonical(file, failed).string();
  const bool loops = std::ranges::find(load_.files, canonical) != load_.files.end();
  if (loops) {
    load_.report.error(mark, fmt::format("the graph uses itself: {} -> {}", fmt::join(load_.files, " -> "), canonical));
    return false;
  }
  if (load_.files.size() >= Load::kDeepest) {
    load_.report.error(mark, fmt::format("composites are nested deeper than {} files", Load::kDeepest));
    return false;
  }
  load_.files.push_back(canonical);
  return true;
}

bool GraphReader::room_for_one_more(const Mark& mark) {
  if (load_.names.size() <= Load::kMostNodes) return true;
  if (!load_.overflowed) load_.report.error(mark, fmt::format("the graph has more than {} nodes", Load::kMostNodes));
  load_.overflowed = true;
  return false;
}

}  // namespace sluice
