// sluice dot: the graph for Graphviz.
#include <fmt/format.h>

#include "apps/common/check_report.h"
#include "apps/common/run.h"
#include "apps/sluice/graph_arguments.h"
#include "apps/sluice/verbs.h"

namespace sluice::apps {
namespace {

int dot(const GraphRequest& graph) {
  const Plan plan = load_graph(graph, OpenPorts::close);
  print_diagnostics(plan.diagnostics());
  if (!plan.ok()) return kBadUsage;
  fmt::print("{}", dot_text(plan));
  return kDone;
}

}  // namespace

void add_dot(CLI::App& app, Command& chosen) {
  CLI::App* verb = app.add_subcommand("dot", "print the graph for Graphviz: sluice dot radio | dot -Tsvg");
  const auto graph = GraphArguments::add_to(*verb);
  verb->callback([&chosen, graph] { chosen = [request = graph->request()] { return dot(request); }; });
}

}  // namespace sluice::apps
