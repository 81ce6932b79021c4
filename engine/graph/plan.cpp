#include "engine/graph/plan.h"

#include "engine/graph/islands.h"
#include "engine/graph/latency.h"

namespace sluice {

Plan compile(BuiltGraph graph) {
  Plan plan;
  plan.graph = std::move(graph);
  cut_into_islands(plan);
  assign_credits(plan);
  assign_deadlines(plan);
  analyse_latency(plan);
  return plan;
}

}  // namespace sluice
