// sluice-radio: a microphone as an MP3 radio station, in one command.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "apps/common/program.h"
#include "apps/common/run.h"
#include "apps/control/control_option.h"
#include "apps/sluice-radio/station.h"
#include "apps/sluice-radio/status.h"
#include "engine/graph/print.h"
#include "nodes/net/kernels/web_text.h"

namespace {

using namespace sluice;
using namespace sluice::apps;

struct Arguments {
  StationOptions station;
  control::ControlOption control;
  std::string run_for;
  bool print_graph = false, json = false, quiet = false;
};

void add_options(CLI::App& app, Arguments& arguments) {
  StationOptions& station = arguments.station;
  app.add_option("--device", station.device, "microphone: a part of its name, or its number (sluice devices)");
  app.add_option("--file", station.file, "play a file instead; - is standard input, taken as live");
  app.add_option("--raw", station.raw, "what headerless input holds, as in s16le:44100:2");
  app.add_flag("--loop", station.loop, "play the file again and again");
  app.add_option("-b,--bitrate", station.bitrate, "kbit/s, a constant bitrate of MP3")->capture_default_str();
  app.add_option("-p,--port", station.port, "TCP port of the stream and its page")->capture_default_str();
  app.add_option("--bind", station.bind, "address to listen on; 0.0.0.0 publishes to every network of this machine")
      ->capture_default_str();
  app.add_option("--icecast", station.icecast,
                 "also send to a server: icecast://host:8000/live.mp3; the password comes from $ICECAST_PASSWORD");
  app.add_option("--name", station.name, "what the station is called")->capture_default_str();
  app.add_option("--title", station.title, "what plays now");
  app.add_option("--for", arguments.run_for, "stop after this long, as in 30s");
  arguments.control.add_to(app);
  app.add_flag("--print-graph", arguments.print_graph, "print the graph that would run, and end");
  app.add_flag("--json", arguments.json, "print one JSON object with the measurements at the end");
  app.add_flag("-q,--quiet", arguments.quiet, "no status line and no summary");
}

void announce(const Session& session, const Station& station, const StationOptions& options) {
  const RunReport report = session.report();
  const auto web = report.nodes.find("web");
  const double port = web == report.nodes.end() ? options.port : web->second.counters.at("port");
  const std::string host = options.bind == "127.0.0.1" ? "localhost"
                           : options.bind == "0.0.0.0" ? "this-machine"
                                                       : options.bind;
  fmt::print(stderr,
             "sluice-radio: on air from {}\n  listen  http://{}:{:.0f}/            (a page with a player)\n"
             "          http://{}:{:.0f}/live.mp3    (for VLC, mpg123, ffplay)\n",
             station.source, host, port, host, port);
  if (options.bind == "127.0.0.1") fmt::print(stderr, "  only this machine can listen; --bind 0.0.0.0 publishes it\n");
  fmt::print(stderr, "  Ctrl-C ends it\n");
}

Result<SessionOptions> session_options(const std::string& run_for) {
  SessionOptions options;
  if (run_for.empty()) return options;
  const Result<Duration> duration = parse_run_time(run_for);
  if (!duration) return std::unexpected(duration.error());
  options.run_for = *duration;
  return options;
}

int usage_error(const Error& error) {
  fmt::print(stderr, "error: {}\n", error.text());
  return kBadUsage;
}

// The graph as text; a password in a URL is not for the eye.
std::string printable(GraphSpec spec) {
  for (NodeSpec& node : spec.nodes)
    for (ParamSpec& param : node.params)
      if (param.value.find("://") != std::string::npos) param.value = net::scrub_url(param.value);
  return to_yaml(spec);
}

int run_station(const Arguments& arguments) {
  StopSignals signals;
  const Result<SessionOptions> options = session_options(arguments.run_for);
  if (!options) return usage_error(options.error());
  const Result<Station> station = plan_station(arguments.station);
  if (!station) return usage_error(station.error());
  Plan plan = load_graph(station->request, OpenPorts::refuse);
  print_causes(plan.diagnostics());
  if (!plan.ok()) return kBadUsage;
  if (arguments.print_graph) {
    fmt::print("{}", printable(plan.graph.spec));
    return kDone;
  }
  Executor executor;
  Session session(std::move(plan), executor, *options);
  RunView view{.json = arguments.json, .quiet = arguments.quiet, .status = {}, .summary = {}, .started = {}};
  view.status = [&](const RunReport& report) {
    std::string line;
    session.inspect([&](const Plan& now) { line = radio_status(report, now, arguments.station.bitrate); });
    return line;
  };
  if (!arguments.quiet) view.started = [&] { announce(session, *station, arguments.station); };
  const auto control = arguments.control.open(session, view);
  if (!control) return usage_error(control.error());
  return run_session(session, signals, view);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"sluice-radio: this machine's microphone as an MP3 radio station."};
  app.set_version_flag("--version", "sluice-radio " SLUICE_VERSION);
  Arguments arguments;
  add_options(app, arguments);
  return run_program(app, argc, argv, [&] { return run_station(arguments); });
}
