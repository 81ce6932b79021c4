#include "apps/common/costs_file.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace sluice::apps {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;
constexpr double kLongest = 1e12;  // us

json time_json(const RunTime& time) {
  return {{"p50_us", seconds(time.p50) * 1e6}, {"p99_us", seconds(time.p99) * 1e6}, {"cpu", time.cpu}};
}

Duration duration_of(const json& value) {
  const double micros = value.get<double>();
  if (!(micros >= 0 && micros <= kLongest)) throw std::out_of_range("a run time is out of range");
  return from_seconds(micros * 1e-6);
}

RunTime time_of(const json& value) {
  RunTime time{.p50 = duration_of(value.at("p50_us")), .p99 = duration_of(value.at("p99_us")), .cpu = value.at("cpu")};
  if (!(time.cpu >= 0 && std::isfinite(time.cpu))) throw std::out_of_range("a share of a core is out of range");
  return time;
}

Costs costs_of(const json& file) {
  if (file.at("sluice_costs") != kVersion) throw std::out_of_range("it was written by another version of sluice");
  Costs costs;
  costs.graph_hash = file.at("graph_hash");
  costs.machine = file.at("machine");
  for (const auto& [name, time] : file.at("nodes").items()) costs.nodes[name] = time_of(time);
  for (const json& island : file.at("islands")) costs.islands.push_back({island.at("nodes"), time_of(island)});
  costs.stood_in_for = file.at("stood_in_for");
  return costs;
}

}  // namespace

std::string costs_path(const std::string& graph_file) {
  return std::filesystem::path(graph_file).replace_extension(".costs.json").string();
}

std::string to_json(const Costs& costs, const std::string& graph) {
  json nodes = json::object(), islands = json::array();
  for (const auto& [name, time] : costs.nodes) nodes[name] = time_json(time);
  for (const IslandCost& island : costs.islands) {
    islands.push_back(time_json(island.time));
    islands.back()["nodes"] = island.nodes;
  }
  return json{{"sluice_costs", kVersion},          {"graph", graph}, {"graph_hash", costs.graph_hash},
              {"machine", costs.machine},          {"nodes", nodes}, {"islands", islands},
              {"stood_in_for", costs.stood_in_for}}
      .dump(2, ' ', false, json::error_handler_t::replace);
}

Result<Costs> parse_costs(const std::string& text) {
  try {
    return costs_of(json::parse(text));
  } catch (const std::exception& error) {
    return std::unexpected(
        Error{"", fmt::format("not a file of run times that `sluice bench` wrote: {}", error.what())});
  }
}

Result<Costs> read_costs(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) return std::unexpected(Error{path, "cannot be read"});
  Result<Costs> costs = parse_costs(text.str());
  if (!costs) return std::unexpected(Error{path, costs.error().message});
  return costs;
}

}  // namespace sluice::apps
