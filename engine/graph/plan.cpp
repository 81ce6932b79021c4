#include "engine/graph/plan.h"

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
  assign_credits(plan);
  ensure_progress(plan);
  assign_deadlines(plan);
  analyse_latency(plan);
  return plan;
}

Plan compile(BuiltGraph graph, const Costs* costs) {
  Plan plan = lay_out(std::move(graph), costs);
  report_over_budget(plan, costs);
  return plan;
}

}  // namespace sluice
