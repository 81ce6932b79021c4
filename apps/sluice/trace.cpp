// sluice trace: runs a graph for a while, and writes what ran when for the trace viewers.
#include "engine/run/trace.h"

#include <fmt/format.h>

#include "apps/common/run.h"
#include "apps/control/chrome_trace.h"
#include "apps/sluice/graph_arguments.h"
#include "apps/sluice/verbs.h"

namespace sluice::apps {
namespace {

struct TraceArguments {
  std::string out = "trace.json", run_for = "5s";
  bool json = false, quiet = false;
};

int failed(const Error& error, int status) {
  fmt::print(stderr, "error: {}\n", error.text());
  return status;
}

void print_traced(const control::ChromeTraceFile& file, const std::string& path) {
  fmt::print(stderr, "{}: {} events; open it in ui.perfetto.dev or chrome://tracing\n", path, file.events());
  if (file.lost() > 0)
    fmt::print(stderr, "warning: {} further events were lost: they came faster than they could be written\n",
               file.lost());
}

int trace(const GraphRequest& graph, const TraceArguments& arguments) {
  StopSignals signals;
  const Result<Duration> run_for = parse_run_time(arguments.run_for);
  if (!run_for) return failed(run_for.error(), kBadUsage);
  Plan plan = load_graph(graph, OpenPorts::refuse);
  print_diagnostics(plan.diagnostics());
  if (!plan.ok()) return kBadUsage;
  Tracer tracer;
  const auto file = control::ChromeTraceFile::create(arguments.out, tracer, MonotonicClock{}.now());
  if (!file) return failed(file.error(), kBadUsage);
  Executor executor;
  SessionOptions options;
  options.run_for = *run_for;
  options.tracer = &tracer;
  Session session(std::move(plan), executor, options);
  const RunView view{.json = arguments.json, .quiet = arguments.quiet, .status = {}, .summary = {}, .started = {}};
  const int status = run_session(session, signals, view);
  if (Status written = (*file)->finish(); !written) return failed(written.error(), kFailedWhileRunning);
  if (!arguments.quiet) print_traced(**file, arguments.out);
  return status;
}

}  // namespace

void add_trace(CLI::App& app, Command& chosen) {
  CLI::App* verb = app.add_subcommand("trace", "run a graph and write what ran when, for ui.perfetto.dev");
  const auto graph = GraphArguments::add_to(*verb);
  const auto arguments = std::make_shared<TraceArguments>();
  verb->add_option("-o,--output", arguments->out, "the trace")->capture_default_str();
  verb->add_option("--for", arguments->run_for, "how long, as in 10s")->capture_default_str();
  verb->add_flag("--json", arguments->json, "print one JSON object with the measurements at the end");
  verb->add_flag("-q,--quiet", arguments->quiet, "no status line and no summary");
  verb->callback([&chosen, graph, arguments] {
    chosen = [request = graph->request(), arguments] { return trace(request, *arguments); };
  });
}

}  // namespace sluice::apps
