#include "engine/graph/plan.h"

#include <algorithm>

#include "engine/graph/advice.h"
#include "engine/graph/islands.h"
#include "engine/graph/latency.h"
#include "engine/graph/progress.h"

namespace sluice {

Plan lay_out(BuiltGraph graph, const Costs* costs) {
  Plan plan;
  plan.graph = std::move(graph);
  cut_into_islands(plan);
  assign_costs(plan, costs);
  choose_delays(plan);
  assign_credits(plan);
  ensure_progress(plan);
  assign_deadlines(plan);
  analyse_latency(plan);
  return plan;
}

GraphSpec settled_spec(const Plan& plan) {
  GraphSpec spec = plan.graph.spec;
  for (const BuiltNode& built : plan.graph.nodes) {
    if (!built.node->elastic()) continue;
    const Param<int>& param = *built.node->elastic()->param;
    const auto in_file = std::ranges::find(spec.nodes, built.spec.name, &NodeSpec::name);
    if (in_file == spec.nodes.end()) continue;  // put there by auto_convert
    in_file->params.push_back({param.name(), param.text(), in_file->mark, in_file->mark, "the latency budget"});
  }
  return spec;
}

Plan compile(BuiltGraph graph, const Costs* costs) {
  Plan plan = lay_out(std::move(graph), costs);
  report_over_budget(plan, costs);
  return plan;
}

}  // namespace sluice
