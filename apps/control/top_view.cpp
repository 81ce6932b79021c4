#include "apps/control/top_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace sluice::control {
namespace {

using nlohmann::json;

std::string clock_text(double elapsed_s) {
  const auto s = static_cast<long>(elapsed_s);
  return fmt::format("{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

// What was counted between two looks, per second.
class Rates {
 public:
  Rates(const json& now, const json& before) : now_(now), before_(before) {
    span_s_ = now.at("/run/elapsed_s"_json_pointer).get<double>() - earlier("/run/elapsed_s"_json_pointer);
  }
  double of(const json::json_pointer& place) const {
    return span_s_ > 0 ? std::max(0.0, now_.at(place).get<double>() - earlier(place)) / span_s_ : 0;
  }
  double of_node(const std::string& node, const char* what) const {
    return of("/run/nodes"_json_pointer / node / what);
  }

 private:
  double earlier(const json::json_pointer& place) const {
    return before_.is_object() && before_.contains(place) ? before_.at(place).get<double>() : 0;
  }
  const json &now_, &before_;
  double span_s_ = 0;
};

std::string head(const json& now, const Rates& rates) {
  const json& run = now.at("run");
  return fmt::format("{}  {}  {}{}{}  CPU {:.1f} %  {:.0f} MB in RAM\n\n", now.at("graph").get<std::string>(),
                     run.at("state").get<std::string>(), clock_text(run.at("elapsed_s").get<double>()),
                     run.at("realtime").get<bool>() ? "  real-time priority" : "",
                     run.at("memory_locked").get<bool>() ? "  memory locked" : "",
                     100 * rates.of("/process/cpu_s"_json_pointer),
                     now.at("/process/resident_bytes"_json_pointer).get<double>() / 1e6);
}

double bound_of(const json& now, const std::string& sink) {
  double bound = 0;
  for (const json& path : now.at("paths"))
    if (path.at("sink") == sink) bound = std::max(bound, path.at("total_ms").get<double>());
  return bound;
}

std::string latency_table(const json& now) {
  const json& budget = now.at("budget_ms");
  const std::string allowed = budget.is_number() ? fmt::format("{:.0f}", budget.get<double>()) : "-";
  std::string text = fmt::format("{:<24} {:>8} {:>8} {:>8} {:>8} {:>8} {:>10} {:>8} {:>8}\n", "sink, latency in ms",
                                 "p50", "p99", "max", "bound", "budget", "blocks", "late", "shed");
  for (const auto& [name, sink] : now.at("/run/sinks"_json_pointer).items()) {
    const json& ms = sink.at("latency_ms");
    text += fmt::format("{:<24} {:>8.2f} {:>8.2f} {:>8.2f} {:>8.1f} {:>8} {:>10} {:>8} {:>8}\n", name,
                        ms.at("p50").get<double>(), ms.at("p99").get<double>(), ms.at("max").get<double>(),
                        bound_of(now, name), allowed, sink.at("blocks").get<std::uint64_t>(),
                        sink.at("late").get<std::uint64_t>(), sink.at("shed").get<std::uint64_t>());
  }
  return text + "\n";
}

// "2/8" for the borders that lead into the island; what was shed there, if anything.
std::string queues_into(const json& now, const json& island) {
  std::string text;
  const json& nodes = island.at("nodes");
  for (const json& border : now.at("/run/borders"_json_pointer)) {
    if (std::ranges::find(nodes, border.at("to")) == nodes.end()) continue;
    text +=
        fmt::format("{}{}/{}", text.empty() ? "" : " ", border.at("depth").get<int>(), border.at("credits").get<int>());
    if (const auto shed = border.at("shed").get<std::uint64_t>(); shed > 0) text += fmt::format(" shed {}", shed);
  }
  return text.empty() ? "-" : text;
}

double longest_turn_ms(const json& now, const std::string& island) {
  for (const json& ran : now.at("/run/islands"_json_pointer))
    if (ran.at("name") == island) return ran.at("longest_turn_ms").get<double>();
  return 0;
}

std::string island_table(const json& now, const Rates& rates) {
  std::string text = fmt::format("{:<24} {:>8} {:>12} {:>14}  {}\n", "island", "CPU %", "longest ms", "queue", "nodes");
  for (const json& island : now.at("islands")) {
    const auto name = island.at("name").get<std::string>();
    double load = 0;
    std::string names;
    for (const json& node : island.at("nodes")) {
      load += rates.of_node(node.get<std::string>(), "busy_s");
      names += (names.empty() ? "" : ", ") + node.get<std::string>();
    }
    text += fmt::format("{:<24} {:>8.2f} {:>12.2f} {:>14}  {}\n", name, 100 * load, longest_turn_ms(now, name),
                        queues_into(now, island), names);
  }
  return text + "\n";
}

std::string counters_text(const json& counters) {
  std::string text;
  for (const auto& [name, value] : counters.items())
    text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ", ", name, value.get<double>());
  return text;
}

std::string node_table(const json& now, const Rates& rates) {
  std::string text =
      fmt::format("{:<24} {:<20} {:>10} {:>8} {:>7}  {}\n", "node", "type", "blocks/s", "CPU %", "errors", "shows");
  for (const json& node : now.at("nodes")) {
    const auto name = node.at("name").get<std::string>();
    const json& numbers = now.at("run").at("nodes").at(name);
    text += fmt::format("{:<24} {:<20} {:>10.1f} {:>8.2f} {:>7}  {}\n", name, node.at("type").get<std::string>(),
                        rates.of_node(name, "blocks"), 100 * rates.of_node(name, "busy_s"),
                        numbers.at("errors").get<std::uint64_t>(), counters_text(numbers.at("counters")));
  }
  return text;
}

}  // namespace

std::string top_text(const json& now, const json& before) {
  const Rates rates(now, before);
  return head(now, rates) + latency_table(now) + island_table(now, rates) + node_table(now, rates);
}

}  // namespace sluice::control
