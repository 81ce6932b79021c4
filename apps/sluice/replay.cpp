// sluice replay: a recorded graph once more, with what its sources emitted.
#include "engine/run/replay.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <optional>

#include "apps/common/load_graph.h"
#include "apps/common/plugins.h"
#include "apps/common/run.h"
#include "apps/sluice/verbs.h"

namespace sluice::apps {
namespace {

struct ReplayArguments {
  std::string file;
  std::vector<std::string> replace, add, plugins;
  bool realtime = false, unchanged = false, json = false, quiet = false;
};

int refuse(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.text());
  return kBadUsage;
}

void print_warnings(const Recording& recording, const Replay& replay, bool realtime) {
  if (!recording.damage().empty())
    fmt::print(stderr, "warning: {}: {}; its {} blocks up to there are replayed\n", recording.path(),
               recording.damage(), recording.all_blocks());
  if (recording.lost() > 0)
    fmt::print(stderr, "warning: {}: the recorder lost {} blocks: there are gaps\n", recording.path(),
               recording.lost());
  for (const std::string& node : replay.left_out)
    fmt::print(stderr, "warning: '{}' is replaced: what was recorded of it is not used\n", node);
  if (realtime) return;
  for (const std::string& node : nodes_of_their_own_time(replay.plan))
    fmt::print(stderr,
               "warning: '{}' works in a time of its own: --replace {}=discard leaves it out, --realtime suits it\n",
               node, node);
}

int run_replay(Replay replay, const Recording& recording, const ReplayArguments& arguments) {
  StopSignals signals;
  VirtualClock clock(recording.start());
  Executor executor({.virtual_clock = arguments.realtime ? nullptr : &clock});
  // In virtual time any timeout is over in no time.
  SessionOptions options;
  if (!arguments.realtime) options.drain_timeout = std::chrono::hours(24 * 365);
  Session session(std::move(replay.plan), executor, options);
  const Time began = MonotonicClock().now();
  const auto summary = [&](const RunReport& report) {
    fmt::print(stderr, "replayed {:.1f} s in {:.1f} s\n", report.elapsed_s, seconds(MonotonicClock().now() - began));
    for (const auto& [name, sink] : report.sinks) fmt::print(stderr, "  {}: {} blocks\n", name, sink.blocks);
  };
  return run_session(session, signals,
                     {.json = arguments.json,
                      .quiet = arguments.quiet,
                      .status = {},
                      .summary = summary,
                      .started = [&clock] { clock.release(); },
                      .keeps_time = arguments.realtime});
}

int replay(const ReplayArguments& arguments) {
  const std::vector<Diagnostic> refused = load_plugins(arguments.plugins);
  print_diagnostics(refused);
  if (!refused.empty()) return kBadUsage;
  GraphRequest request;
  request.additions = arguments.add;
  for (const std::string& text : arguments.replace) {
    const auto replacement = split_assignment(text, "--replace");
    if (!replacement) return refuse(replacement.error());
    request.replacements.push_back(*replacement);
  }
  const auto recording = Recording::open(arguments.file);
  if (!recording) return refuse(recording.error());
  if (const Status same = check_unchanged(**recording); !same) {
    if (!arguments.unchanged)
      return refuse({same.error().where, same.error().message + "; --unchanged replays that all the same"});
    fmt::print(stderr, "warning: {}\n", same.error().text());
  }
  Replay loaded = load_replay(*recording, Registry::global(), front_options(request));
  print_diagnostics(loaded.plan.diagnostics());
  if (!loaded.plan.ok()) return kBadUsage;
  print_warnings(**recording, loaded, arguments.realtime);
  return run_replay(std::move(loaded), **recording, arguments);
}

}  // namespace

void add_replay(CLI::App& app, Command& chosen) {
  CLI::App* verb = app.add_subcommand(
      "replay",
      "run a recorded graph again, with what its sources emitted: the same bytes, as fast as the machine can");
  const auto arguments = std::make_shared<ReplayArguments>();
  verb->add_option("recording", arguments->file, "what sluice record wrote")->required();
  verb->add_option("--replace", arguments->replace, "NODE=CHAIN: put another chain in a node's place: web=discard")
      ->allow_extra_args(false);
  verb->add_option("--add", arguments->add, "CHAIN: a further chain: 'mux -> file.write(again.mp3)'")
      ->allow_extra_args(false);
  verb->add_option("--plugin", arguments->plugins, "FILE: a shared library of further nodes (also: $SLUICE_PLUGINS)")
      ->allow_extra_args(false);
  verb->add_flag("--unchanged", arguments->unchanged,
                 "replay also what was changed while it was recorded: the graph as it was at first");
  verb->add_flag("--realtime", arguments->realtime, "as slowly as it was recorded");
  verb->add_flag("--json", arguments->json, "print one JSON object at the end");
  verb->add_flag("-q,--quiet", arguments->quiet, "no status line and no summary");
  verb->callback([&chosen, arguments] { chosen = [arguments] { return replay(*arguments); }; });
}

}  // namespace sluice::apps
