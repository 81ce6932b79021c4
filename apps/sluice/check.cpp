#include <fmt/format.h>

#include "apps/common/check_report.h"
#include "apps/common/run.h"
#include "apps/sluice/commands.h"

namespace sluice::apps {

int check(const GraphRequest& graph, bool json) {
  const Plan plan = load_graph(graph, OpenPorts::close);
  if (json)
    fmt::print("{}\n", check_json(plan));
  else
    print_diagnostics(plan.diagnostics());
  if (!json && plan.ok()) fmt::print("{}", check_text(plan));
  return plan.ok() ? kDone : kBadUsage;
}

int dot(const GraphRequest& graph) {
  const Plan plan = load_graph(graph, OpenPorts::close);
  print_diagnostics(plan.diagnostics());
  if (!plan.ok()) return kBadUsage;
  fmt::print("{}", dot_text(plan));
  return kDone;
}

}  // namespace sluice::apps
