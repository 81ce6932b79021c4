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

}  // namespace

json report_json(const RunReport& report) {
  json sinks = json::object(), nodes = json::object(), borders = json::array();
  for (const auto& [name, sink] : report.sinks) sinks[name] = to_json(sink);
  for (const auto& [name, node] : report.nodes) nodes[name] = to_json(node);
  for (const BorderReport& border : report.borders) borders.push_back(to_json(border));
  return {{"elapsed_s", report.elapsed_s},
          {"sinks", sinks},
          {"nodes", nodes},
          {"borders", borders},
          {"xruns", report.xruns},
          {"live", report.live},
          {"realtime", report.realtime},
          {"memory_locked", report.memory_locked}};
}

}  // namespace sluice::apps
