// sluice record: runs a graph and writes down what its sources emit.
#include "engine/run/recorder.h"

#include <fmt/format.h>

#include "apps/common/run.h"
#include "apps/control/control_option.h"
#include "apps/sluice/graph_arguments.h"
#include "apps/sluice/verbs.h"

namespace sluice::apps {
namespace {

struct RecordArguments {
  std::shared_ptr<GraphArguments> graph;
  std::string file, run_for;
  control::ControlOption control;
  bool json = false, quiet = false;
};

void print_error(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.text());
}

// The exit status: a recording that could not be written is a failure, one with gaps has its warning.
int complete(Recorder& recorder, const RecordArguments& arguments) {
  if (const Status written = recorder.finish(); !written) {
    print_error(written.error());
    return kFailedWhileRunning;
  }
  const Recorder::Totals totals = recorder.totals();
  if (!arguments.quiet)
    fmt::print(stderr, "  {}: {} blocks of {} source outputs, {:.1f} MB\n", arguments.file, totals.blocks,
               totals.sources, static_cast<double>(totals.bytes) * 1e-6);
  if (totals.lost > 0)
    fmt::print(stderr, "warning: {}: {} blocks came faster than they could be written: there are gaps\n",
               arguments.file, totals.lost);
  return kDone;
}

int record(const GraphRequest& graph, const RecordArguments& arguments) {
  StopSignals signals;
  SessionOptions options;
  if (!arguments.run_for.empty()) {
    const Result<Duration> duration = parse_run_time(arguments.run_for);
    if (!duration) return print_error(duration.error()), kBadUsage;
    options.run_for = *duration;
  }
  Plan plan = load_graph(graph, OpenPorts::refuse);
  print_diagnostics(plan.diagnostics());
  if (!plan.ok()) return kBadUsage;
  Executor executor;
  const auto recorder = Recorder::create(arguments.file, plan, executor.clock());
  if (!recorder) return print_error(recorder.error()), kBadUsage;
  options.changed = [&](const std::string& what) { (*recorder)->note_change(what); };
  int status = kDone;
  {
    Session session(std::move(plan), executor, options);
    RunView view{.json = arguments.json, .quiet = arguments.quiet, .status = {}, .summary = {}, .started = {}};
    const auto control = arguments.control.open(session, view);
    if (!control) return print_error(control.error()), kBadUsage;
    status = run_session(session, signals, view);
  }
  return std::max(status, complete(**recorder, arguments));
}

}  // namespace

void add_record(CLI::App& app, Command& chosen) {
  CLI::App* verb = app.add_subcommand("record", "run a graph, and record what its sources emit, for sluice replay");
  const auto arguments = std::make_shared<RecordArguments>();
  arguments->graph = GraphArguments::add_to(*verb);
  verb->add_option("-o,--output", arguments->file, "the recording to write, FILE.sluicerec")->required();
  verb->add_option("--for", arguments->run_for, "how long, as in 10s or '2 min'");
  arguments->control.add_to(*verb);
  verb->add_flag("--json", arguments->json, "print one JSON object at the end");
  verb->add_flag("-q,--quiet", arguments->quiet, "no status line and no summary");
  verb->callback([&chosen, arguments] {
    chosen = [arguments, graph = arguments->graph->request()] { return record(graph, *arguments); };
  });
}

}  // namespace sluice::apps
