#include "engine/graph/costs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <thread>

#include "engine/graph/plan.h"
#include "engine/graph/print.h"

namespace sluice {
namespace {

// A declared run time is one of each block: of the first input, or of a source's output.
std::optional<RunTime> declared(const Node& node) {
  const auto time = node.run_time();
  if (!time) return {};
  const Duration period =
      node.ins().empty() ? node.outs().front()->spec().block_period() : node.ins().front()->spec().block_period();
  return RunTime{.p50 = *time, .p99 = *time, .cpu = period > Duration{} ? seconds(*time) / seconds(period) : 0};
}

std::optional<RunTime> cost_of(const BuiltNode& built, const Costs* costs) {
  if (costs)
    if (const auto measured = costs->nodes.find(built.spec.name); measured != costs->nodes.end())
      return measured->second;
  return declared(*built.node);
}

const IslandCost* measured_as_one(const Plan& plan, const Island& island, const Costs* costs) {
  if (!costs) return nullptr;
  const auto same = [&](const IslandCost& cost) {
    return std::ranges::equal(cost.nodes, island.nodes, {}, {},
                              [&](std::size_t n) { return plan.graph.nodes[n].spec.name; });
  };
  const auto found = std::ranges::find_if(costs->islands, same);
  return found == costs->islands.end() ? nullptr : &*found;
}

std::optional<RunTime> cost_of(const Plan& plan, const Island& island, const Costs* costs) {
  if (const IslandCost* cost = measured_as_one(plan, island, costs)) return cost->time;
  RunTime sum;
  for (const std::size_t n : island.nodes) {
    const auto cost = cost_of(plan.graph.nodes[n], costs);
    if (!cost) return {};
    sum.p50 += cost->p50;
    sum.p99 += cost->p99;
    sum.cpu += cost->cpu;
  }
  return sum;
}

// The node of an island that takes most of a core.
std::size_t busiest(const Plan& plan, const Island& island, const Costs* costs) {
  const auto cpu = [&](std::size_t n) {
    const auto cost = cost_of(plan.graph.nodes[n], costs);
    return cost ? cost->cpu : 0.0;
  };
  return *std::ranges::max_element(island.nodes, {}, cpu);
}

void report_overload(Plan& plan, const Costs* costs) {
  double total = 0;
  for (const Island& island : plan.islands) {
    if (!island.time) continue;
    total += island.time->cpu;
    if (island.time->cpu <= 1) continue;
    const NodeSpec& spec = plan.graph.nodes[busiest(plan, island, costs)].spec;
    plan.diagnostics().push_back(
        {spec.mark,
         fmt::format("the island of '{}' needs {:.2f} of a core to keep up, and runs on one at a time; most of it goes "
                     "to '{}' ({}): make that cheaper, or say 'cut: true' where the island may be parted",
                     island.name, island.time->cpu, spec.name, spec.type),
         !island.realtime});
  }
  const double cores = std::thread::hardware_concurrency();
  if (cores > 0 && total > cores)
    plan.diagnostics().push_back(
        {plan.graph.spec.mark, fmt::format("the graph needs {:.1f} cores to keep up, and there are {:g}", total, cores),
         true});
}

}  // namespace

std::string graph_hash(const GraphSpec& spec) {
  constexpr std::uint64_t kOffset = 0xcbf29ce484222325, kPrime = 0x100000001b3;  // RFC 9923, 64 bits
  std::uint64_t hash = kOffset;
  for (const char c : to_yaml(spec)) hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  return fmt::format("{:016x}", hash);
}

void assign_costs(Plan& plan, const Costs* costs) {
  for (Island& island : plan.islands) island.time = cost_of(plan, island, costs);
  for (const BuiltNode& built : plan.graph.nodes)
    if (costs && std::ranges::find(costs->stood_in_for, built.spec.name) != costs->stood_in_for.end())
      plan.uncounted.push_back(built.spec.name);
  if (plan.live) report_overload(plan, costs);
}

}  // namespace sluice
