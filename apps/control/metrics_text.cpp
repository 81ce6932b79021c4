#include "apps/control/metrics_text.h"

#include <algorithm>
#include <map>
#include <thread>

#include "apps/control/prometheus.h"

namespace sluice::control {
namespace {

void write_run(PrometheusText& out, const RunReport& report, const PlanFacts& facts) {
  out.family("sluice_build_info", "gauge", "Version of the program; the value is always 1.");
  out.sample({{"version", SLUICE_VERSION}}, 1);
  out.family("sluice_graph_info", "gauge", "Name of the running graph; the value is always 1.");
  out.sample({{"graph", facts.graph}}, 1);
  out.family("sluice_uptime_seconds", "gauge", "Time since the graph started.");
  out.sample({}, report.elapsed_s);
  out.family("sluice_live", "gauge", "1 when the graph follows a clock: a device, the network or the wall.");
  out.sample({}, report.live);
  out.family("sluice_realtime", "gauge", "1 when real-time islands run with raised priority.");
  out.sample({}, report.realtime);
  out.family("sluice_memory_locked", "gauge", "1 when the memory of the process stays in RAM.");
  out.sample({}, report.memory_locked);
  out.family("sluice_xruns_total", "counter", "Underruns and overruns of devices.");
  out.sample({}, report.xruns);
}

void write_bounds(PrometheusText& out, const PlanFacts& facts) {
  if (facts.budget) {
    out.family("sluice_latency_budget_seconds", "gauge", "Latency that the graph allows from source to sink.");
    out.sample({}, seconds(*facts.budget));
  }
  if (facts.bounds.empty()) return;
  out.family("sluice_path_latency_bound_seconds", "gauge", "Latency bound of a path, worked out before the start.");
  for (const PlanFacts::Bound& bound : facts.bounds)
    out.sample({{"source", bound.source}, {"sink", bound.sink}}, seconds(bound.total));
}

void write_sinks(PrometheusText& out, const RunReport& report) {
  if (report.sinks.empty()) return;
  const auto each = [&](const char* name, const char* type, const char* help, auto value) {
    out.family(name, type, help);
    for (const auto& [sink, numbers] : report.sinks) out.sample({{"sink", sink}}, static_cast<double>(value(numbers)));
  };
  out.family("sluice_sink_latency_seconds", "histogram",
             "Age of a block, from the capture of its first sample to its hand-over to device, file or socket.");
  for (const auto& [name, sink] : report.sinks) out.histogram({{"sink", name}}, sink.steps, sink.recorded, sink.sum);
  each("sluice_sink_latency_max_seconds", "gauge", "The oldest block so far.",
       [](const SinkReport& s) { return seconds(s.max); });
  each("sluice_sink_late_blocks_total", "counter", "Blocks that were older than the budget.",
       [](const SinkReport& s) { return s.late; });
  each("sluice_sink_shed_blocks_total", "counter", "Blocks dropped on the ways to this sink.",
       [](const SinkReport& s) { return s.shed; });
}

void write_nodes(PrometheusText& out, const RunReport& report) {
  const auto each = [&](const char* name, const char* help, auto value) {
    out.family(name, "counter", help);
    for (const auto& [node, numbers] : report.nodes)
      out.sample({{"node", node}, {"type", numbers.type}}, static_cast<double>(value(numbers)));
  };
  each("sluice_node_blocks_total", "Blocks that the node took; for a source, that it emitted.",
       [](const NodeReport& n) { return n.blocks; });
  each("sluice_node_busy_seconds_total", "Time spent in the node, estimated from a sample of its calls.",
       [](const NodeReport& n) { return n.busy_s; });
  each("sluice_node_errors_total", "Errors that the node reported.", [](const NodeReport& n) { return n.errors; });
  out.family("sluice_node_value", "gauge", "What the node itself counts or shows; `sluice nodes TYPE` explains it.");
  for (const auto& [node, numbers] : report.nodes)
    for (const auto& [counter, value] : numbers.counters)
      out.sample({{"node", node}, {"type", numbers.type}, {"counter", counter}}, value);
}

void write_islands(PrometheusText& out, const RunReport& report) {
  if (report.islands.empty()) return;
  const auto each = [&](const char* name, const char* type, const char* help, auto value) {
    out.family(name, type, help);
    for (const IslandReport& island : report.islands)
      out.sample({{"island", island.name}}, static_cast<double>(value(island)));
  };
  each("sluice_island_turns_total", "counter", "Times that a worker ran the island.",
       [](const IslandReport& i) { return i.turns; });
  each("sluice_island_busy_seconds_total", "counter", "Time that the island ran.",
       [](const IslandReport& i) { return i.busy_s; });
  each("sluice_island_longest_turn_seconds", "gauge", "The longest that it ran at a stretch.",
       [](const IslandReport& i) { return seconds(i.longest_turn); });
}

void write_borders(PrometheusText& out, const RunReport& report) {
  if (report.borders.empty()) return;
  const auto each = [&](const char* name, const char* type, const char* help, auto value) {
    out.family(name, type, help);
    for (const BorderReport& border : report.borders)
      out.sample({{"from", border.from + "." + border.from_port}, {"to", border.to + "." + border.to_port}},
                 static_cast<double>(value(border)));
  };
  each("sluice_border_depth_blocks", "gauge", "Blocks that wait between two islands.",
       [](const BorderReport& b) { return b.depth; });
  each("sluice_border_credits_blocks", "gauge", "Blocks that may wait between two islands.",
       [](const BorderReport& b) { return b.credits; });
  each("sluice_border_shed_blocks_total", "counter", "Blocks dropped between two islands.",
       [](const BorderReport& b) { return b.shed; });
  each("sluice_border_replaced_blocks_total", "counter",
       "Blocks that newer ones took the place of between two islands.",
       [](const BorderReport& b) { return b.replaced; });
}

// The names that every Prometheus client library uses.
void write_process(PrometheusText& out, const ProcessStats& process) {
  const auto one = [&](const char* name, const char* type, const char* help, double value) {
    out.family(name, type, help);
    out.sample({}, value);
  };
  one("process_cpu_seconds_total", "counter", "User and system CPU time.", process.cpu_s);
  one("process_resident_memory_bytes", "gauge", "Memory in RAM.", process.resident_bytes);
  one("process_virtual_memory_bytes", "gauge", "Memory mapped.", process.virtual_bytes);
  one("process_start_time_seconds", "gauge", "Start of the process, since the epoch.", process.start_time_s);
  one("process_open_fds", "gauge", "Open file descriptors.", process.open_files);
  one("process_threads", "gauge", "Threads.", process.threads);
}

}  // namespace

PlanFacts facts_of(const Plan& plan) {
  std::map<std::pair<std::string, std::string>, Duration> worst;
  for (const PathLatency& path : plan.paths) {
    Duration& total = worst[{path.source, path.sink}];
    total = std::max(total, path.total());
  }
  PlanFacts facts{.graph = plan.graph.spec.name, .budget = plan.graph.spec.budget, .bounds = {}};
  if (plan.live)
    for (const auto& [ends, total] : worst) facts.bounds.push_back({ends.first, ends.second, total});
  return facts;
}

std::string metrics_text(const RunReport& report, const PlanFacts& facts, const ProcessStats& process) {
  PrometheusText out;
  write_run(out, report, facts);
  write_bounds(out, facts);
  write_sinks(out, report);
  write_nodes(out, report);
  write_islands(out, report);
  write_borders(out, report);
  write_process(out, process);
  return out.text();
}

}  // namespace sluice::control
