#include "apps/common/run.h"

#include <fmt/format.h>

#include "apps/sluice/commands.h"

namespace sluice::apps {

int run(const RunCommand& command) {
  StopSignals signals;
  SessionOptions options;
  if (!command.run_for.empty()) {
    const Result<Duration> duration = parse_run_time(command.run_for);
    if (!duration) {
      fmt::print(stderr, "error: {}\n", duration.error().text());
      return kBadUsage;
    }
    options.run_for = *duration;
  }
  Plan plan = load_graph(command.graph, OpenPorts::refuse);
  print_diagnostics(plan.diagnostics());
  if (!plan.ok()) return kBadUsage;
  Executor::Options workers;
  if (command.threads > 0) workers.realtime_workers = workers.elastic_workers = command.threads;
  Executor executor(workers);
  Session session(std::move(plan), executor, options);
  return run_session(session, signals,
                     {.json = command.json, .quiet = command.quiet, .status = {}, .summary = {}, .started = {}});
}

}  // namespace sluice::apps
