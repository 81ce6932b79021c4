#include "apps/control/events.h"

#include <algorithm>

namespace sluice::control {
namespace {

using nlohmann::json;

// What has come since; nothing when a counter began anew, as that of a replaced node does.
template <typename Number>
Number gained(Number before, Number now) {
  return now > before ? now - before : Number{};
}

template <typename Value>
Value in_or_empty(const std::map<std::string, Value>& all, const std::string& name) {
  const auto found = all.find(name);
  return found == all.end() ? Value{} : found->second;
}

void watch_sinks(const RunReport& last, const RunReport& report, std::vector<json>& events) {
  for (const auto& [name, sink] : report.sinks) {
    const SinkReport before = in_or_empty(last.sinks, name);
    if (const auto late = gained(before.late, sink.late))
      events.push_back({{"event", "late"}, {"sink", name}, {"count", late}});
    if (const auto shed = gained(before.shed, sink.shed))
      events.push_back({{"event", "shed"}, {"sink", name}, {"count", shed}});
  }
}

void watch_nodes(const RunReport& last, const RunReport& report, const FaultCounters& faults,
                 std::vector<json>& events) {
  for (const auto& [name, node] : report.nodes) {
    const NodeReport before = in_or_empty(last.nodes, name);
    if (const auto errors = gained(before.errors, node.errors))
      events.push_back({{"event", "error"}, {"node", name}, {"count", errors}});
    for (const auto& [counter, value] : node.counters)
      if (const double more = gained(in_or_empty(before.counters, counter), value);
          more > 0 && faults.contains({name, counter}))
        events.push_back({{"event", "fault"}, {"node", name}, {"counter", counter}, {"count", more}});
  }
}

void watch_borders(const RunReport& last, const RunReport& report, std::vector<json>& events) {
  for (const BorderReport& border : report.borders) {
    const auto same = [&](const BorderReport& other) {
      return other.from == border.from && other.from_port == border.from_port && other.to == border.to &&
             other.to_port == border.to_port;
    };
    const auto before = std::ranges::find_if(last.borders, same);
    if (const auto shed = gained(before == last.borders.end() ? 0 : before->shed, border.shed))
      events.push_back({{"event", "shed"},
                        {"from", border.from + "." + border.from_port},
                        {"to", border.to + "." + border.to_port},
                        {"count", shed}});
  }
}

}  // namespace

const char* to_string(RunReport::Phase phase) {
  switch (phase) {
    case RunReport::Phase::running:
      return "running";
    case RunReport::Phase::draining:
      return "draining";
    case RunReport::Phase::ended:
      return "ended";
  }
  return "";
}

FaultCounters fault_counters_of(const Plan& plan) {
  FaultCounters faults;
  for (const BuiltNode& built : plan.graph.nodes)
    for (const Counter* counter : built.node->counters())
      if (counter->is_fault()) faults.insert({built.spec.name, counter->name()});
  return faults;
}

std::vector<json> EventWatch::observe(const RunReport& report, const FaultCounters& faults) {
  std::vector<json> events;
  if (!begun_ || report.phase != last_.phase)
    events.push_back({{"event", "state"}, {"state", to_string(report.phase)}});
  if (begun_) {
    watch_sinks(last_, report, events);
    watch_borders(last_, report, events);
    watch_nodes(last_, report, faults, events);
    if (const double xruns = gained(last_.xruns, report.xruns); xruns > 0)
      events.push_back({{"event", "xrun"}, {"count", xruns}});
  }
  for (json& event : events) event["at_s"] = report.elapsed_s;
  last_ = report;
  begun_ = true;
  return events;
}

}  // namespace sluice::control
