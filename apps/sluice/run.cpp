// sluice run: runs a graph until it ends, or until Ctrl-C.
#include "apps/common/run.h"

#include <fmt/format.h>

#include "apps/control/control_option.h"
#include "apps/sluice/graph_arguments.h"
#include "apps/sluice/verbs.h"

namespace sluice::apps {
namespace {

struct RunArguments {
  std::shared_ptr<GraphArguments> graph;
  std::string run_for;  // a duration; empty: until the end or a signal
  control::ControlOption control;
  bool json = false, quiet = false;
  int threads = 0;  // workers of each pool; 0: the default
};

int run(const GraphRequest& graph, const RunArguments& arguments) {
  StopSignals signals;
  SessionOptions options;
  if (!arguments.run_for.empty()) {
    const Result<Duration> duration = parse_run_time(arguments.run_for);
    if (!duration) {
      fmt::print(stderr, "error: {}\n", duration.error().text());
      return kBadUsage;
    }
    options.run_for = *duration;
  }
  Plan plan = load_graph(graph, OpenPorts::refuse);
  print_diagnostics(plan.diagnostics());
  if (!plan.ok()) return kBadUsage;
  Executor::Options workers;
  if (arguments.threads > 0) workers.realtime_workers = workers.elastic_workers = arguments.threads;
  Executor executor(workers);
  Session session(std::move(plan), executor, options);
  RunView view{.json = arguments.json, .quiet = arguments.quiet, .status = {}, .summary = {}, .started = {}};
  const auto control = arguments.control.open(session, view);
  if (!control) {
    fmt::print(stderr, "error: {}\n", control.error().text());
    return kBadUsage;
  }
  return run_session(session, signals, view);
}

}  // namespace

void add_run(CLI::App& app, Command& chosen) {
  CLI::App* verb = app.add_subcommand("run", "run a graph until it ends, or until Ctrl-C");
  const auto arguments = std::make_shared<RunArguments>();
  arguments->graph = GraphArguments::add_to(*verb);
  verb->add_option("--for", arguments->run_for, "how long, as in 10s or '2 min'");
  verb->add_option("--threads", arguments->threads, "workers for real-time nodes, and as many for the others")
      ->check(CLI::Range(1, 256));
  arguments->control.add_to(*verb);
  verb->add_flag("--json", arguments->json, "print one JSON object at the end");
  verb->add_flag("-q,--quiet", arguments->quiet, "no status line and no summary");
  verb->callback([&chosen, arguments] {
    chosen = [arguments, graph = arguments->graph->request()] { return run(graph, *arguments); };
  });
}

}  // namespace sluice::apps
