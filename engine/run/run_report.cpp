#include "engine/run/run_report.h"

#include <set>
#include <utility>

namespace sluice {
namespace {

struct Dropped {
  std::uint64_t shed = 0, replaced = 0;
};

Dropped dropped_on(const RunningGraph& graph, std::size_t link) {
  const auto border = graph.plan.border_of[link];
  return {graph.shed[link]->load(std::memory_order_relaxed) + (border ? graph.borders[*border]->shed() : 0),
          border ? graph.borders[*border]->replaced() : 0};
}

// On any way to the sink.
Dropped dropped_before(const RunningGraph& graph, const std::string& sink) {
  std::set<std::pair<std::size_t, std::size_t>> steps;
  for (const PathLatency& path : graph.plan.paths)
    for (std::size_t k = 0; path.sink == sink && k + 1 < path.nodes.size(); ++k)
      steps.insert({path.nodes[k], path.nodes[k + 1]});
  Dropped all;
  const std::vector<BuiltLink>& links = graph.plan.graph.links;
  for (std::size_t l = 0; l < links.size(); ++l) {
    if (!steps.contains({links[l].from, links[l].to})) continue;
    const Dropped dropped = dropped_on(graph, l);
    all.shed += dropped.shed;
    all.replaced += dropped.replaced;
  }
  return all;
}

NodeReport node_report(const BuiltNode& built, const NodeMetrics& metrics) {
  NodeReport report{.type = built.spec.type,
                    .blocks = metrics.blocks.load(),
                    .errors = metrics.errors.load(),
                    .busy_s = static_cast<double>(metrics.busy_ns.load()) * 1e-9,
                    .counters = {}};
  for (const Counter* counter : built.node->counters()) report.counters[counter->name()] = counter->value();
  return report;
}

SinkReport sink_report(const RunningGraph& graph, const std::string& name, const NodeRuntime& runtime) {
  const LatencyHistogram& latency = runtime.sink()->latency;
  const Dropped dropped = dropped_before(graph, name);
  return {.p50 = latency.quantile(0.5),
          .p90 = latency.quantile(0.9),
          .p99 = latency.quantile(0.99),
          .p999 = latency.quantile(0.999),
          .max = latency.max(),
          .blocks = runtime.metrics().blocks.load(),
          .late = runtime.sink()->late.load(),
          .shed = dropped.shed,
          .replaced = dropped.replaced,
          .recorded = latency.count(),
          .sum = latency.sum(),
          .steps = latency.steps()};
}

BorderReport border_report(const RunningGraph& graph, std::size_t b) {
  const std::size_t l = graph.plan.borders[b].link;
  const BuiltLink& link = graph.plan.graph.links[l];
  const Dropped dropped = dropped_on(graph, l);
  return {.from = graph.plan.graph.nodes[link.from].spec.name,
          .to = graph.plan.graph.nodes[link.to].spec.name,
          .from_port = link.out->name(),
          .to_port = link.in->name(),
          .depth = graph.borders[b]->depth(),
          .credits = graph.plan.borders[b].credits,
          .shed = dropped.shed,
          .replaced = dropped.replaced};
}

}  // namespace

void count(const RunningGraph& graph, RunReport& report) {
  for (std::size_t n = 0; n < graph.runtimes.size(); ++n) {
    const BuiltNode& built = graph.plan.graph.nodes[n];
    NodeReport& node = report.nodes[built.spec.name] = node_report(built, graph.runtimes[n]->metrics());
    if (const auto xruns = node.counters.find("xruns"); xruns != node.counters.end()) report.xruns += xruns->second;
    if (graph.runtimes[n]->sink())
      report.sinks[built.spec.name] = sink_report(graph, built.spec.name, *graph.runtimes[n]);
  }
  for (std::size_t i = 0; i < graph.tasks.size(); ++i) {
    const IslandMetrics& metrics = graph.tasks[i]->metrics();
    report.islands.push_back({graph.plan.islands[i].name, metrics.turns.load(),
                              static_cast<double>(metrics.busy_ns.load()) * 1e-9, Duration(metrics.longest_ns.load())});
  }
  for (std::size_t b = 0; b < graph.borders.size(); ++b) report.borders.push_back(border_report(graph, b));
}

}  // namespace sluice
