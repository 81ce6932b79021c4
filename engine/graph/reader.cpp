#include "engine/graph/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>

#include "engine/core/quantity.h"
#include "engine/node/plugin_loader.h"

namespace sluice {
namespace {

const std::vector<std::string> kGraphKeys{"graph", "description", "doc",    "latency",      "vars",
                                          "nodes", "links",       "expose", "auto_convert", "plugins"};
const std::vector<std::string> kLatencyKeys{"budget", "on_overrun"};
const std::vector<std::string> kLinkKeys{"link", "on_overrun", "cut"};
const std::vector<std::string> kVariableKeys{"default", "doc"};

struct OverloadName {
  std::string_view name;
  Overload overload;
};
constexpr std::array kOverloads{OverloadName{"wait", Overload::wait}, OverloadName{"shed", Overload::shed},
                                OverloadName{"latest", Overload::latest}, OverloadName{"fail", Overload::fail}};

void check_keys(const Document& document, const Value& map, const std::vector<std::string>& known, std::string_view of,
                Report& report) {
  for (const Entry& entry : map.entries)
    if (std::ranges::find(known, entry.key) == known.end())
      report.unknown(document.mark(entry.place), "key", entry.key, of, known);
}

}  // namespace

const char* Load::environment(const char* name) const {
  return options.environment ? options.environment(name) : std::getenv(name);
}

Status Load::load_plugin(const std::string& file) const {
  if (options.load_plugin) return options.load_plugin(file);
  if (is_plugin_loaded(file, registry)) return {};
  return Error{file, "is a plug-in that is not loaded, and none is loaded here: start the program with --plugin FILE"};
}

Places places_in(std::string_view text, std::string file) {
  return [text, file](std::size_t offset) {
    const std::string_view before = text.substr(0, offset);
    const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return Mark{file, static_cast<int>(std::ranges::count(before, '\n')) + 1,
                static_cast<int>(before.size() - line_start) + 1};
  };
}

void GraphReader::read(const Document& document, std::map<std::string, Given> given) {
  const Value& root = document.root();
  if (!root.is_map())
    return load_.report.error(document.mark(root), "a graph is a mapping with the keys graph, nodes and links");
  check_keys(document, root, kGraphKeys, "of a graph", load_.report);
  read_variables(document, std::move(given));
  if (const Value* plugins = root.find("plugins")) read_plugins(document, *plugins);
  const Value *nodes = root.find("nodes"), *links = root.find("links");
  if (nodes && !nodes->is_empty())
    read_nodes(document, *nodes);
  else if (!links || links->is_empty())
    load_.report.error(document.mark(root), "the graph has no 'nodes'");
  if (links) read_links(document, *links);
  if (const Value* expose = root.find("expose")) read_expose(document, *expose);
  check_composites_connected();
}

void GraphReader::read_heading(const Document& document) {
  const Value& root = document.root();
  if (!root.is_map()) return;
  load_.spec.mark = document.mark(root);
  if (const Value* name = root.find("graph"))
    if (const auto text = scalar(document, *name, "graph")) load_.spec.name = text->text;
  if (const Value* latency = root.find("latency")) read_latency(document, *latency);
  if (const Value* convert = root.find("auto_convert"))
    load_.spec.auto_convert = yes_or_no(document, *convert, "auto_convert").value_or(false);
}

void GraphReader::read_line(std::string_view text, const std::string& file, const std::map<std::string, Given>& given) {
  for (const auto& [name, value] : given) scope_.define(name, value.variable);
  const Places places = places_in(text, file);
  if (text.size() > Document::kLargestText)
    return load_.report.error({file, 1, 1}, "longer than 1 MiB: this is no graph");
  const Chains chains = parse_chains(text);
  if (chains.chains.empty() && chains.errors.empty())
    load_.report.error({file, 1, 1}, "empty: a graph is at least 'source -> sink'");
  link(read_chains(chains, places), {});
  check_composites_connected();
}

void GraphReader::read_variables(const Document& document, std::map<std::string, Given> given) {
  std::vector<std::string> known;
  const Value* variables = document.root().find("vars");
  if (variables && !variables->is_map() && !variables->is_nothing())
    load_.report.error(document.mark(*variables), "'vars' is a mapping of names to defaults: { bitrate: 128 }");
  if (variables)
    for (const Entry& entry : variables->entries) {
      known.push_back(entry.key);
      define(document, entry, given);
    }
  for (const auto& [name, value] : given)
    if (!scope_.contains(name))
      load_.report.unknown(value.name_mark, prefix_.empty() ? "variable" : "parameter", name, "of " + user_, known);
}

void GraphReader::define(const Document& document, const Entry& entry, const std::map<std::string, Given>& given) {
  const auto name_ok = is_name(entry.key) && entry.key.find('-') == std::string::npos;
  if (!name_ok)
    load_.report.error(document.mark(entry.place),
                       in_quotes(entry.key) + " is not a variable's name: a letter, then letters, digits or '_'");
  const Value* value = &entry.value;
  if (value->is_map()) {
    check_keys(document, *value, kVariableKeys, "of a variable", load_.report);
    value = value->find("default");
  }
  if (const auto set = given.find(entry.key); set != given.end()) return scope_.define(entry.key, set->second.variable);
  if (!value || value->is_nothing()) {
    load_.report.error(document.mark(entry.place),
                       prefix_.empty()
                           ? fmt::format("variable {} has no value: --set {}=...", in_quotes(entry.key), entry.key)
                           : fmt::format("{} needs the parameter {}", user_, in_quotes(entry.key)));
    return scope_.define(entry.key, {.value = {}, .mark = {}, .origin = {}, .broken = true});
  }
  if (!value->is_scalar()) {
    load_.report.error(document.mark(*value),
                       fmt::format("the default of variable {} must be one value", in_quotes(entry.key)));
    return scope_.define(entry.key, {.value = {}, .mark = {}, .origin = {}, .broken = true});
  }
  const auto environment = [this](const char* name) { return load_.environment(name); };
  Substituted text =
      substitute_environment(value->text, document.mark(*value), environment, load_.report, load_.budget);
  scope_.define(entry.key, {.value = std::move(text.text), .mark = text.mark, .origin = {}, .broken = text.broken});
}

// Shared libraries, relative to the file that names them.
void GraphReader::read_plugins(const Document& document, const Value& plugins) {
  if (plugins.is_map())
    return load_.report.error(document.mark(plugins), "'plugins' is a list of shared libraries: [ my_nodes.so ]");
  if (plugins.is_scalar()) return read_plugin(document, plugins);
  for (const Value& file : plugins.items) read_plugin(document, file);
}

void GraphReader::read_plugin(const Document& document, const Value& value) {
  const auto file = scalar(document, value, "plugins");
  if (!file) return;
  const std::filesystem::path path = std::filesystem::path(folder_) / file->text;
  if (const Status status = load_.load_plugin(path.string()); !status)
    load_.report.error(file->mark, status.error().text());
}

void GraphReader::read_nodes(const Document& document, const Value& nodes) {
  if (!nodes.is_map())
    return load_.report.error(document.mark(nodes), "'nodes' is a mapping of names to nodes: { mic: { type: ... } }");
  for (const Entry& entry : nodes.entries) read_node(document, entry);
}

void GraphReader::read_links(const Document& document, const Value& links) {
  if (links.is_nothing()) return;
  if (links.is_map()) return load_.report.error(document.mark(links), "'links' is a list: - a -> b -> c");
  if (links.is_scalar()) return read_link(document, links);
  for (const Value& value : links.items) read_link(document, value);
}

void GraphReader::read_link(const Document& document, const Value& value) {
  LinkOptions options;
  const Value* chain = &value;
  if (value.is_map()) {
    check_keys(document, value, kLinkKeys, "of a link", load_.report);
    if (const Value* policy = value.find("on_overrun")) options.on_overrun = overload(document, *policy);
    if (const Value* cut = value.find("cut")) options.cut = yes_or_no(document, *cut, "cut").value_or(false);
    chain = value.find("link");
    if (!chain)
      return load_.report.error(document.mark(value),
                                "a link needs the key 'link': { link: a -> b, on_overrun: shed }");
  }
  if (!chain->is_scalar()) return load_.report.error(document.mark(*chain), "a link is written a -> b -> c");
  const Places places = [&](std::size_t offset) { return document.mark(*chain, offset); };
  link(read_chains(parse_chains(chain->text), places), options);
}

void GraphReader::read_expose(const Document& document, const Value& value) {
  if (!value.is_map())
    return load_.report.error(document.mark(value),
                              "'expose' is a mapping of port names to ports: { in: bank.in, out: mux.out }");
  for (const Entry& entry : value.entries) expose(document, entry);
}

void GraphReader::read_latency(const Document& document, const Value& latency) {
  const Value* budget = latency.is_map() ? latency.find("budget") : &latency;
  if (latency.is_map()) {
    check_keys(document, latency, kLatencyKeys, "of latency", load_.report);
    if (const Value* policy = latency.find("on_overrun")) load_.spec.on_overrun = overload(document, *policy);
  }
  if (!budget) return;
  const auto text = scalar(document, *budget, "budget");
  if (!text) return;
  constexpr double kLongest = 3600;  // s; also keeps nanoseconds far from overflow
  const Result<double> seconds = parse_quantity(text->text, "s");
  if (!seconds) return load_.report.error(text->mark, "budget: " + seconds.error().message);
  if (*seconds <= 0 || *seconds > kLongest)
    return load_.report.error(text->mark, fmt::format("budget: {} is out of range, allowed: more than 0 s, at most 1 h",
                                                      in_quotes(text->text)));
  load_.spec.budget = from_seconds(*seconds);
  load_.spec.budget_mark = text->mark;
}

std::optional<Substituted> GraphReader::scalar(const Document& document, const Value& value, std::string_view what) {
  const Mark mark = document.mark(value);
  if (value.is_nothing()) {
    load_.report.error(mark, value.text.empty() ? fmt::format("{} has no value", in_quotes(what))
                                                : fmt::format("{}: an unquoted {} is YAML's nothing: put it in quotes",
                                                              in_quotes(what), value.text));
    return {};
  }
  if (!value.is_scalar()) {
    load_.report.error(
        mark, fmt::format("{} must be one value, not a {}", in_quotes(what), value.is_list() ? "list" : "mapping"));
    return {};
  }
  Substituted result = scope_.substitute(value.text, mark, load_.report, load_.budget);
  if (result.broken) return {};
  return result;
}

std::optional<bool> GraphReader::yes_or_no(const Document& document, const Value& value, std::string_view what) {
  const auto text = scalar(document, value, what);
  if (!text) return {};
  return yes_or_no(*text, what);
}

std::optional<bool> GraphReader::yes_or_no(const Substituted& value, std::string_view what) {
  for (const std::string_view yes : {"true", "yes", "on"})
    if (value.text == yes) return true;
  for (const std::string_view no : {"false", "no", "off"})
    if (value.text == no) return false;
  load_.report.error(value.mark, fmt::format("'{}' is true or false, not {}", what, in_quotes(value.text)));
  return {};
}

std::optional<Overload> GraphReader::overload(const Document& document, const Value& value) {
  const auto text = scalar(document, value, "on_overrun");
  if (!text) return {};
  std::vector<std::string> names;
  for (const OverloadName& known : kOverloads) {
    if (known.name == text->text) return known.overload;
    names.emplace_back(known.name);
  }
  load_.report.unknown(text->mark, "answer to overload", text->text, "", names);
  return {};
}

}  // namespace sluice
