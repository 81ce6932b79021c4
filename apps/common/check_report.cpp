#include "apps/common/check_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

namespace sluice::apps {
namespace {

using nlohmann::json;

const std::string& node_name(const Plan& plan, std::size_t n) {
  return plan.graph.nodes[n].spec.name;
}

std::string ms_or_dash(std::optional<Duration> duration) {
  return duration ? fmt::format("{:.1f}", milliseconds(*duration)) : "-";
}

// With run times unknown the bound is more than what is known of it.
std::string total_of(const PathLatency& path) {
  return fmt::format("{}{:.1f}", path.compute ? "" : "> ", milliseconds(path.total()));
}

std::string path_table(const Plan& plan) {
  std::size_t width = 10;
  for (const PathLatency& path : plan.paths) width = std::max(width, path.source.size() + path.sink.size() + 4);
  std::string text = fmt::format("{:<{}}  {:>11} {:>8} {:>9} {:>8} {:>8}\n", "path, in ms", width, "algorithmic",
                                 "compute", "queueing", "total", "budget");
  for (const PathLatency& path : plan.paths)
    text += fmt::format("{:<{}}  {:>11.1f} {:>8} {:>9.1f} {:>8} {:>8}\n", path.source + " -> " + path.sink, width,
                        milliseconds(path.algorithmic), ms_or_dash(path.compute), milliseconds(path.queueing),
                        total_of(path), ms_or_dash(path.budget));
  return text;
}

std::vector<std::string> names_of(const Plan& plan, const std::vector<std::size_t>& nodes) {
  std::vector<std::string> names;
  for (const std::size_t n : nodes) names.push_back(node_name(plan, n));
  return names;
}

// ": 0.3 ms a block (p99), 2.9 % of a core"
std::string run_time(const Island& island) {
  if (!island.time) return "";
  return fmt::format(": {:.2g} ms a block (p99), {:.2g} % of a core", milliseconds(island.time->p99),
                     100 * island.time->cpu);
}

// Share of one core that the whole graph takes; none when an island's is unknown.
std::optional<double> cpu_of(const Plan& plan) {
  double sum = 0;
  for (const Island& island : plan.islands) {
    if (!island.time) return {};
    sum += island.time->cpu;
  }
  return sum;
}

std::string island_list(const Plan& plan) {
  std::string text = "islands\n";
  for (const Island& island : plan.islands)
    text += fmt::format("  {}{}{}  [{}]\n", fmt::join(names_of(plan, island.nodes), ", "),
                        island.realtime ? "" : "  (not real-time)", run_time(island), island.why);
  for (const Border& border : plan.borders) {
    const BuiltLink& link = plan.graph.links[border.link];
    text += fmt::format("  border {} -> {}: at most {} blocks, then {}  [{}]\n", node_name(plan, link.from),
                        node_name(plan, link.to), border.credits, to_string(border.on_overrun), border.why);
  }
  return text;
}

// "packets.depth: 3" for each parameter that the budget set.
std::vector<std::string> set_by_budget(const Plan& plan) {
  std::vector<std::string> texts;
  if (!plan.graph.spec.budget) return texts;
  for (const BuiltNode& built : plan.graph.nodes)
    if (const auto& elastic = built.node->elastic())
      texts.push_back(fmt::format("{}.{}: {}", built.spec.name, elastic->param->name(), elastic->param->text()));
  return texts;
}

constexpr const char* kLacksCompute =
    "compute time is not known and not in the totals: `sluice bench` measures it on this machine";

bool lacks_compute(const Plan& plan) {
  return plan.live &&
         std::ranges::any_of(plan.paths, [](const PathLatency& path) { return path.budget && !path.compute; });
}

json diagnostic_json(const Diagnostic& d) {
  return {{"file", d.mark.file},
          {"line", std::max(1, d.mark.line)},
          {"column", std::max(1, d.mark.column)},
          {"message", d.message}};
}

json path_json(const Plan& plan, const PathLatency& path) {
  const auto optional_ms = [](std::optional<Duration> d) { return d ? json(milliseconds(*d)) : json(nullptr); };
  return {{"source", path.source},
          {"sink", path.sink},
          {"nodes", names_of(plan, path.nodes)},
          {"algorithmic_ms", milliseconds(path.algorithmic)},
          {"compute_ms", optional_ms(path.compute)},
          {"queueing_ms", milliseconds(path.queueing)},
          {"total_ms", milliseconds(path.total())},
          {"budget_ms", optional_ms(path.budget)}};
}

json island_json(const Plan& plan, const Island& island) {
  const auto value = [&](auto of) { return island.time ? json(of(*island.time)) : json(nullptr); };
  return {{"name", island.name},
          {"nodes", names_of(plan, island.nodes)},
          {"realtime", island.realtime},
          {"run_time_ms",
           {{"p50", value([](const RunTime& t) { return milliseconds(t.p50); })},
            {"p99", value([](const RunTime& t) { return milliseconds(t.p99); })}}},
          {"cpu", value([](const RunTime& t) { return t.cpu; })},
          {"why", island.why}};
}

json border_json(const Plan& plan, const Border& border) {
  const BuiltLink& link = plan.graph.links[border.link];
  return {{"from", node_name(plan, link.from)},
          {"to", node_name(plan, link.to)},
          {"credits", border.credits},
          {"on_overrun", to_string(border.on_overrun)},
          {"why", border.why}};
}

std::string dot_quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    if (c == '\n')
      result += "\\n";
    else
      result += c;
  }
  return result + "\"";
}

}  // namespace

std::string check_text(const Plan& plan) {
  std::string text = fmt::format("{}: ok, {} nodes, {}\n\n{}\n{}", plan.graph.spec.name, plan.graph.nodes.size(),
                                 plan.live ? "live" : "runs as fast as it can", path_table(plan), island_list(plan));
  for (const std::string& param : set_by_budget(plan)) text += fmt::format("\n{}  [what the budget leaves]\n", param);
  if (const auto cpu = cpu_of(plan))
    text +=
        fmt::format("\nneeds {:.2g} % of a core for each second of the stream{}\n", 100 * *cpu,
                    plan.uncounted.empty() ? "" : fmt::format("; not counted: {}", fmt::join(plan.uncounted, ", ")));
  if (lacks_compute(plan)) text += fmt::format("\nwarning: {}\n", kLacksCompute);
  return text;
}

std::string check_json(const Plan& plan) {
  json errors = json::array(), warnings = json::array(), paths = json::array(), islands = json::array(),
       borders = json::array();
  for (const Diagnostic& d : plan.diagnostics()) (d.warning ? warnings : errors).push_back(diagnostic_json(d));
  if (lacks_compute(plan)) warnings.push_back(diagnostic_json({plan.graph.spec.mark, kLacksCompute, true}));
  for (const PathLatency& path : plan.paths) paths.push_back(path_json(plan, path));
  for (const Island& island : plan.islands) islands.push_back(island_json(plan, island));
  const auto cpu = cpu_of(plan);
  for (const Border& border : plan.borders) borders.push_back(border_json(plan, border));
  const json all{{"ok", plan.ok()},
                 {"graph", plan.graph.spec.name},
                 {"live", plan.live},
                 {"errors", errors},
                 {"warnings", warnings},
                 {"paths", paths},
                 {"islands", islands},
                 {"borders", borders},
                 {"set_by_budget", set_by_budget(plan)},
                 {"cpu", cpu ? json(*cpu) : json(nullptr)},
                 {"uncounted", plan.uncounted}};
  return all.dump(2, ' ', false, json::error_handler_t::replace);
}

std::string dot_text(const Plan& plan) {
  std::string text = fmt::format("digraph {} {{\n  rankdir=LR;\n  node [shape=box, style=rounded];\n",
                                 dot_quoted(plan.graph.spec.name));
  for (std::size_t i = 0; i < plan.islands.size(); ++i) {
    text += fmt::format("  subgraph cluster_{} {{\n    style=dotted;\n", i);
    for (const std::size_t n : plan.islands[i].nodes) {
      const NodeSpec& spec = plan.graph.nodes[n].spec;
      const std::string label = spec.name + "\n" + spec.type;
      text += fmt::format("    {} [label={}];\n", dot_quoted(spec.name), dot_quoted(label));
    }
    text += "  }\n";
  }
  for (std::size_t l = 0; l < plan.graph.links.size(); ++l) {
    const BuiltLink& link = plan.graph.links[l];
    text += fmt::format("  {} -> {} [label={}{}];\n", dot_quoted(node_name(plan, link.from)),
                        dot_quoted(node_name(plan, link.to)), dot_quoted(to_string(link.out->format())),
                        plan.border_of[l] ? ", style=dashed" : "");
  }
  return text + "}\n";
}

}  // namespace sluice::apps
