#include "apps/common/report_json.h"

namespace sluice::apps {
namespace {

using nlohmann::json;

json to_json(const SinkReport& sink) {
  return {{"latency_ms",
           {{"p50", milliseconds(sink.p50)},
            {"p90", milliseconds(sink.p90)},
            {"p99", milliseconds(sink.p99)},
            {"p999", milliseconds(sink.p999)},
            {"max", milliseconds(sink.max)}}},
          {"blocks", sink.blocks},
          {"late", sink.late},
          {"shed", sink.shed},
          {"replaced", sink.replaced}};
}

json to_json(const NodeReport& node) {
  return {{"type", node.type},
          {"blocks", node.blocks},
          {"busy_s", node.busy_s},
          {"errors", node.errors},
          {"counters", node.counters}};
}

json to_json(const BorderReport& border) {
  return {{"from", border.from},           {"to", border.to},
          {"from_port", border.from_port}, {"to_port", border.to_port},
          {"depth", border.depth},         {"credits", border.credits},
          {"shed", border.shed},           {"replaced", border.replaced}};
}

json to_json(const IslandReport& island) {
  return {{"name", island.name},
          {"turns", island.turns},
          {"busy_s", island.busy_s},
          {"longest_turn_ms", milliseconds(island.longest_turn)}};
}

}  // namespace

json report_json(const RunReport& report) {
  json sinks = json::object(), nodes = json::object(), borders = json::array(), islands = json::array();
  for (const auto& [name, sink] : report.sinks) sinks[name] = to_json(sink);
  for (const auto& [name, node] : report.nodes) nodes[name] = to_json(node);
  for (const BorderReport& border : report.borders) borders.push_back(to_json(border));
  for (const IslandReport& island : report.islands) islands.push_back(to_json(island));
  return {{"elapsed_s", report.elapsed_s},
          {"sinks", sinks},
          {"nodes", nodes},
          {"borders", borders},
          {"islands", islands},
          {"xruns", report.xruns},
          {"live", report.live},
          {"realtime", report.realtime},
          {"memory_locked", report.memory_locked}};
}

}  // namespace sluice::apps
