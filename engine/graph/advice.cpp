#include "engine/graph/advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/quantity.h"
#include "engine/graph/latency.h"

namespace sluice {
namespace {

constexpr std::size_t kMostTrials = 60;  // builds of the graph; a hundred nodes take some 10 ms each

// A part of a path's latency and the words for it.
struct Share {
  Duration time{};
  std::string what;
  std::size_t node = 0;
};

std::vector<Share> shares_of(const Plan& plan, const PathLatency& path) {
  std::vector<Share> shares;
  for (std::size_t k = path.stamped_at; k < path.nodes.size(); ++k) {
    const std::size_t n = path.nodes[k];
    const BuiltNode& built = plan.graph.nodes[n];
    const Duration own = built.node->delay() + waiting_inside(*built.node);
    shares.push_back(
        {own, fmt::format("'{}' ({}, {:.1f} ms)", built.spec.name, built.spec.type, milliseconds(own)), n});
    if (k > path.stamped_at) {
      const std::size_t l = path.links[k - 1];
      if (!plan.border_of[l]) continue;
      const Border& border = plan.borders[*plan.border_of[l]];
      const Duration period = plan.graph.links[l].out->spec().block_period();
      const Duration waiting = period * static_cast<Duration::rep>(border.credits);
      shares.push_back({waiting,
                        fmt::format("what may wait on {} -> {} ({} blocks of {:.1f} ms)",
                                    plan.graph.nodes[path.nodes[k - 1]].spec.name, built.spec.name, border.credits,
                                    milliseconds(period)),
                        n});
    }
    const auto& time = plan.islands[plan.island_of[n]].time;
    if (time) shares.push_back({time->p99, fmt::format("the run time of '{}' and what follows", built.spec.name), n});
  }
  return shares;
}

// One value of a graph's file, changed.
struct Change {
  GraphSpec spec;
  std::string what;  // "'mic.block: 5 ms'"
};

// Rounder values below `value`: of each power of ten 5, 2 and 1.
std::vector<double> rounder_below(double value, double least) {
  std::vector<double> values;
  constexpr double kFarthest = 1000;
  for (double power = std::pow(10, std::floor(std::log10(value))); power > value / kFarthest; power /= 10)
    for (const double digit : {5.0, 2.0, 1.0})
      if (digit * power < value * (1 - 1e-9) && digit * power >= least) values.push_back(digit * power);
  return values;
}

// Shorter times that a node of the file may be given, longest first.
std::vector<Change> shorter_times(const Plan& plan, std::size_t n) {
  std::vector<Change> changes;
  const std::string& name = plan.graph.nodes[n].spec.name;
  const auto in_file = std::ranges::find(plan.graph.spec.nodes, name, &NodeSpec::name);
  if (in_file == plan.graph.spec.nodes.end()) return changes;  // put there by auto_convert
  for (const ParamBase* param : plan.graph.nodes[n].node->params()) {
    const ParamInfo info = param->info();
    const auto value = info.unit == "s" ? parse_quantity(param->text(), "s") : Result<double>(0);
    if (!value || *value <= 0) continue;
    for (const double shorter : rounder_below(*value, std::max(info.min, 1e-4))) {
      Change change{plan.graph.spec, fmt::format("'{}.{}: {}'", name, info.name, format_quantity(shorter, "s"))};
      NodeSpec& spec = change.spec.nodes[static_cast<std::size_t>(in_file - plan.graph.spec.nodes.begin())];
      std::erase_if(spec.params, [&](const ParamSpec& p) { return p.name == info.name; });
      spec.params.push_back({info.name, format_quantity(shorter, "s"), spec.mark, spec.mark, "advice"});
      changes.push_back(std::move(change));
    }
  }
  return changes;
}

// The latency of the slowest path of a changed graph; none when it is wrong in another way.
std::optional<Duration> try_out(GraphSpec spec, const Registry& registry, const Costs* costs) {
  BuiltGraph graph = build_graph(std::move(spec), registry);
  if (!graph.ok()) return {};
  const Plan plan = lay_out(std::move(graph), costs);
  if (!plan.ok() || plan.paths.empty()) return {};
  return std::ranges::max_element(plan.paths, {}, &PathLatency::total)->total();
}

// The smallest change of one value that brings the whole graph within its budget, else the one that helps most.
std::string advice(const Plan& plan, const PathLatency& path, std::vector<Share> shares, const Costs* costs) {
  if (!plan.graph.registry) return "";
  std::ranges::stable_sort(shares, std::greater<>{}, &Share::time);
  std::vector<std::size_t> nodes;
  for (const Share& share : shares)
    if (std::ranges::find(nodes, share.node) == nodes.end()) nodes.push_back(share.node);
  if (const std::size_t source = path.nodes[path.stamped_at]; std::ranges::find(nodes, source) == nodes.end())
    nodes.push_back(source);
  std::size_t trials = 0;
  Duration best = path.total();
  std::string best_change;
  for (const std::size_t n : nodes)
    for (const Change& change : shorter_times(plan, n)) {
      if (++trials > kMostTrials) return best_change;
      const auto total = try_out(change.spec, *plan.graph.registry, costs);
      if (!total || *total >= best) continue;
      best = *total;
      best_change = fmt::format("{} brings it to {:.1f} ms", change.what, milliseconds(best));
      if (best <= *path.budget) return best_change;
    }
  return best_change;
}

std::string parts_of(const PathLatency& path) {
  std::string text =
      fmt::format("{:.1f} algorithmic, {:.1f} queueing", milliseconds(path.algorithmic), milliseconds(path.queueing));
  return path.compute ? text + fmt::format(", {:.1f} compute", milliseconds(*path.compute)) : text;
}

}  // namespace

void report_over_budget(Plan& plan, const Costs* costs) {
  std::vector<PathLatency> paths = plan.paths;
  std::ranges::stable_sort(paths, std::greater<>{}, &PathLatency::total);
  std::set<std::pair<std::string, std::string>> reported;  // once for each source and sink: their slowest way
  for (const PathLatency& path : paths) {
    if (!path.over_budget() || !reported.emplace(path.source, path.sink).second) continue;
    const std::vector<Share> shares = shares_of(plan, path);
    const std::string change = reported.size() == 1 ? advice(plan, path, shares, costs) : "";
    plan.diagnostics().push_back(
        {plan.graph.spec.budget_mark,
         fmt::format("latency of {} -> {} is up to {:.1f} ms ({}), over the budget of {}; the largest share is {}: {}, "
                     "or raise the budget to {:.0f} ms",
                     path.source, path.sink, milliseconds(path.total()), parts_of(path),
                     format_quantity(seconds(*path.budget), "s"),
                     std::ranges::max_element(shares, {}, &Share::time)->what, change.empty() ? "shorten it" : change,
                     std::ceil(milliseconds(path.total())) + 1)});
  }
}

}  // namespace sluice
