// sluice nodes: the catalogue of node types, read off the registry and the graphs that serve as nodes.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "apps/common/load_graph.h"
#include "apps/common/plugins.h"
#include "apps/common/run.h"
#include "apps/sluice/verbs.h"
#include "engine/core/quantity.h"
#include "engine/graph/report.h"

namespace sluice::apps {
namespace {

using nlohmann::json;

enum class Form { text, structured, markdown };

std::vector<Descriptor> catalogue() {
  const Registry& registry = Registry::global();
  std::vector<Descriptor> all = composite_nodes(registry, front_options({}));
  for (const std::string& type : registry.types()) all.push_back(registry.describe(type));
  std::ranges::sort(all, {}, &Descriptor::type);
  return all;
}

std::string carried(const PortInfo& port) {
  const std::string media = port.media.empty() ? "anything" : port.media;
  return port.codec.empty() ? media : fmt::format("{}{{{}}}", media, port.codec);
}

// Limits of a type's own say nothing to a reader: a number without a declared end has none.
bool is_open_end(double limit) {
  constexpr double kEndOfInt = std::numeric_limits<int>::max();
  return std::abs(limit) >= kEndOfInt;
}

std::string range(const ParamInfo& param) {
  if (!param.choices.empty()) return fmt::format("{}", fmt::join(param.choices, " | "));
  if (param.type != "number" && param.type != "integer") return param.type;
  const bool below = is_open_end(param.min), above = is_open_end(param.max);
  const std::string min = format_quantity(param.min, param.unit), max = format_quantity(param.max, param.unit);
  if (below && above) return param.unit.empty() ? param.type : fmt::format("{}, {}", param.type, param.unit);
  if (below) return fmt::format("at most {}", max);
  return above ? fmt::format("at least {}", min) : fmt::format("{} to {}", min, max);
}

std::string default_of(const ParamInfo& param) {
  if (param.required) return "required";
  return param.default_text.empty() ? std::string("none") : param.default_text;
}

std::string datasheet(const Descriptor& d) {
  std::string text = fmt::format("{}: {}\n", d.type, d.doc);
  text += d.realtime ? "" : "may block: runs beside the real-time nodes\n";
  if (!d.plugin.empty()) text += fmt::format("from the plug-in {}\n", d.plugin);
  for (const PortInfo& in : d.ins)
    text += fmt::format("\n  in   {:<12} {:<16} {}{}{}", in.name, carried(in), in.doc,
                        in.many ? "; one for each link" : "", in.optional ? "; optional" : "");
  for (const PortInfo& out : d.outs)
    text +=
        fmt::format("\n  out  {:<12} {:<16} {}{}", out.name, carried(out), out.doc, out.optional ? "; optional" : "");
  for (const ParamInfo& p : d.params)
    text += fmt::format("\n  {:<14} {}, default {}\n  {:<14}   {}", p.name, range(p), default_of(p), "", p.doc);
  if (!d.counters.empty()) text += fmt::format("\n  counts: {}", fmt::join(d.counters, ", "));
  return text + "\n";
}

// A '|' would end the cell.
std::string table_cell(const std::string& text) {
  std::string cell;
  for (const char c : text) cell += c == '|' ? std::string("\\|") : std::string(1, c);
  return cell;
}

std::string markdown(const Descriptor& d) {
  std::string text = fmt::format("## `{}`\n\n{}{}\n\n", d.type, d.doc, d.realtime ? "" : " (may block)");
  const auto port = [&](const char* side, const PortInfo& p) {
    text += fmt::format("- {} `{}`, {}: {}\n", side, p.name, carried(p), p.doc);
  };
  for (const PortInfo& in : d.ins) port("in", in);
  for (const PortInfo& out : d.outs) port("out", out);
  if (!d.params.empty()) text += "\n| parameter | range | default | meaning |\n|---|---|---|---|\n";
  for (const ParamInfo& p : d.params) {
    text += fmt::format("| `{}` | {} | {} | {} |\n", p.name, table_cell(range(p)), default_of(p), table_cell(p.doc));
  }
  if (!d.counters.empty()) text += fmt::format("\nCounts {}.\n", fmt::join(d.counters, ", "));
  return text + "\n";
}

json to_json(const PortInfo& port) {
  return {{"name", port.name},   {"doc", port.doc},           {"media", port.media},
          {"codec", port.codec}, {"optional", port.optional}, {"many", port.many}};
}

json to_json(const ParamInfo& p) {
  json result{{"name", p.name}, {"type", p.type},        {"unit", p.unit}, {"default", p.default_text},
              {"doc", p.doc},   {"required", p.required}};
  if (!p.choices.empty()) result["choices"] = p.choices;
  if ((p.type == "number" || p.type == "integer") && !is_open_end(p.min)) result["min"] = p.min;
  if ((p.type == "number" || p.type == "integer") && !is_open_end(p.max)) result["max"] = p.max;
  return result;
}

json to_json(const Descriptor& d) {
  json result{{"type", d.type}, {"doc", d.doc}, {"realtime", d.realtime}, {"counters", d.counters}};
  if (!d.plugin.empty()) result["plugin"] = d.plugin;
  for (const char* key : {"ins", "outs", "params"}) result[key] = json::array();
  for (const PortInfo& port : d.ins) result["ins"].push_back(to_json(port));
  for (const PortInfo& port : d.outs) result["outs"].push_back(to_json(port));
  for (const ParamInfo& param : d.params) result["params"].push_back(to_json(param));
  return result;
}

int describe(const Descriptor& d, Form form) {
  if (form == Form::structured)
    fmt::print("{}\n", to_json(d).dump(2));
  else
    fmt::print("{}", form == Form::text ? datasheet(d) : markdown(d));
  return kDone;
}

int list(const std::vector<Descriptor>& all, Form form) {
  if (form == Form::structured) {
    json array = json::array();
    for (const Descriptor& d : all) array.push_back(to_json(d));
    fmt::print("{}\n", array.dump(2));
    return kDone;
  }
  std::size_t width = 0;
  for (const Descriptor& d : all) width = std::max(width, d.type.size());
  if (form == Form::markdown) fmt::print("# Nodes\n\nMade by `sluice nodes --markdown`.\n\n");
  for (const Descriptor& d : all)
    if (form == Form::text)
      fmt::print("{:<{}}  {}\n", d.type, width, d.doc);
    else
      fmt::print("{}", markdown(d));
  return kDone;
}

// Without a type: all of them.
int nodes(const std::string& type, Form form, const std::vector<std::string>& plugins) {
  const std::vector<Diagnostic> refused = load_plugins(plugins);
  print_diagnostics(refused);
  if (!refused.empty()) return kBadUsage;
  const std::vector<Descriptor> all = catalogue();
  if (type.empty()) return list(all, form);
  const auto found = std::ranges::find(all, type, &Descriptor::type);
  if (found != all.end()) return describe(*found, form);
  std::vector<std::string> types;
  for (const Descriptor& d : all) types.push_back(d.type);
  Report report;
  report.unknown({}, "node type", type, "", types);
  print_diagnostics(report.take({}));
  return kBadUsage;
}

struct NodesArguments {
  std::string type;
  std::vector<std::string> plugins;
  bool json = false, markdown = false;
  Form form() const {
    if (json) return Form::structured;
    return markdown ? Form::markdown : Form::text;
  }
};

}  // namespace

void add_nodes(CLI::App& app, Command& chosen) {
  CLI::App* verb = app.add_subcommand("nodes", "list the node types, or describe one: ports, parameters, counters");
  const auto arguments = std::make_shared<NodesArguments>();
  verb->add_option("type", arguments->type, "a node type");
  CLI::Option* json = verb->add_flag("--json", arguments->json, "print JSON");
  verb->add_flag("--markdown", arguments->markdown, "print the catalogue as Markdown")->excludes(json);
  verb->add_option("--plugin", arguments->plugins, "FILE: a shared library of further nodes (also: $SLUICE_PLUGINS)")
      ->allow_extra_args(false);
  verb->callback([&chosen, arguments] {
    chosen = [arguments] { return nodes(arguments->type, arguments->form(), arguments->plugins); };
  });
}

}  // namespace sluice::apps
