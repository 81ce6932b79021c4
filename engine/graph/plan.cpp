#include "engine/graph/plan.h"

#include "engine/graph/islands.h"
#include "engine/graph/latency.h"
#include "engine/graph/progress.h"

namespace sluice {

Plan compile(BuiltGraph graph) {
  Plan plan;
  plan.graph = std::move(graph);
  cut_into_islands(plan);
  assign_credits(plan);
  ensure_progress(plan);
  assign_deadlines(plan);
  analyse_latency(plan);
  return plan;
}

}  // namespace sluice
