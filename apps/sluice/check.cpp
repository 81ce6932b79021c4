// sluice check: finds all errors of a graph, and bounds the latency of every path.
#include <fmt/format.h>

#include "apps/common/check_report.h"
#include "apps/common/run.h"
#include "apps/sluice/graph_arguments.h"
#include "apps/sluice/verbs.h"

namespace sluice::apps {
namespace {

int check(const GraphRequest& graph, bool json) {
  const Plan plan = load_graph(graph, OpenPorts::close);
  if (json)
    fmt::print("{}\n", check_json(plan));
  else
    print_diagnostics(plan.diagnostics());
  if (!json && plan.ok()) fmt::print("{}", check_text(plan));
  return plan.ok() ? kDone : kBadUsage;
}

}  // namespace

void add_check(CLI::App& app, Command& chosen) {
  CLI::App* verb = app.add_subcommand(
      "check", "find all errors of a graph, and bound the latency of every path; opens no device or socket");
  const auto graph = GraphArguments::add_to(*verb);
  const auto json = std::make_shared<bool>(false);
  const auto costs = std::make_shared<std::string>();
  verb->add_flag("--json", *json, "print one JSON object");
  verb->add_option("--costs", *costs, "run times that `sluice bench` measured; else GRAPH.costs.json, if it is there");
  verb->callback([&chosen, graph, json, costs] {
    GraphRequest request = graph->request();
    if (!costs->empty()) request.costs = *costs;
    chosen = [request, json] { return check(request, *json); };
  });
}

}  // namespace sluice::apps
