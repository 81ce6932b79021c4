// GET /metrics: what a session counts, for Prometheus.
#pragma once

#include <optional>

#include <string>

#include "apps/control/process_stats.h"
#include "engine/graph/plan.h"
#include "engine/run/metrics.h"

namespace sluice::control {

// The parts of a plan that metrics show; taken while no edit is under way.
struct PlanFacts {
  std::string graph;
  std::optional<Duration> budget;
  struct Bound {
    std::string source, sink;
    Duration total;
  };
  std::vector<Bound> bounds;  // per source and sink, the largest of their paths
};

PlanFacts facts_of(const Plan& plan);

std::string metrics_text(const RunReport& report, const PlanFacts& facts, const ProcessStats& process);

}  // namespace sluice::control
