// sluice: runs, checks and shows graphs.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <functional>

#include "apps/common/run.h"
#include "apps/sluice/commands.h"

namespace {

using namespace sluice::apps;

// What every verb that takes a graph is told.
struct GraphArguments {
  std::string file, line;
  std::vector<std::string> set, replace, add;
};

void add_graph_arguments(CLI::App& verb, GraphArguments& arguments) {
  CLI::Option* file =
      verb.add_option("graph", arguments.file, "a graph file, or the name of one that came with sluice");
  CLI::Option* line =
      verb.add_option("-e", arguments.line,
                      "a graph in one line: 'file.read(in.wav) -> mp3.encode(bitrate=192) -> file.write(out.mp3)'");
  file->excludes(line);
  verb.add_option("--set", arguments.set, "NAME=VALUE: give a variable of the graph a value")->allow_extra_args(false);
  verb.add_option("--replace", arguments.replace,
                  "NODE=CHAIN: put another chain in a node's place: mic='file.read(in.wav) -> pace'")
      ->allow_extra_args(false);
  verb.add_option("--add", arguments.add, "CHAIN: a further chain: 'mux -> file.write(archive.mp3)'")
      ->allow_extra_args(false);
}

GraphRequest to_request(const GraphArguments& arguments) {
  GraphRequest request{
      .file = arguments.file, .line = arguments.line, .vars = {}, .replacements = {}, .additions = arguments.add};
  if (arguments.file.empty() && arguments.line.empty())
    throw CLI::ValidationError("graph", "is missing: a file, or -e 'LINE'");
  const auto split = [](const std::string& text, const char* option) {
    auto assignment = split_assignment(text, option);
    if (!assignment) throw CLI::ValidationError(option, assignment.error().message);
    return *assignment;
  };
  for (const std::string& text : arguments.set)
    request.vars.insert_or_assign(split(text, "--set").first, split(text, "--set").second);
  for (const std::string& text : arguments.replace) request.replacements.push_back(split(text, "--replace"));
  return request;
}

struct Arguments {
  GraphArguments graph;
  RunCommand run;
  std::string type;
  bool json = false, markdown = false;
};

using Command = std::function<int()>;

void add_verbs(CLI::App& app, Arguments& arguments, Command& command) {
  CLI::App* run_verb = app.add_subcommand("run", "run a graph until it ends, or until Ctrl-C");
  add_graph_arguments(*run_verb, arguments.graph);
  run_verb->add_option("--for", arguments.run.run_for, "how long, as in 10s or '2 min'");
  run_verb->add_option("--threads", arguments.run.threads, "workers for real-time nodes, and as many for the others")
      ->check(CLI::Range(1, 256));
  run_verb->add_flag("--json", arguments.run.json, "print one JSON object at the end");
  run_verb->add_flag("-q,--quiet", arguments.run.quiet, "no status line and no summary");
  run_verb->callback([&] {
    arguments.run.graph = to_request(arguments.graph);
    command = [&] { return run(arguments.run); };
  });

  CLI::App* check_verb = app.add_subcommand(
      "check", "find all errors of a graph, and bound the latency of every path; opens no device or socket");
  add_graph_arguments(*check_verb, arguments.graph);
  check_verb->add_flag("--json", arguments.json, "print one JSON object");
  check_verb->callback(
      [&] { command = [&, request = to_request(arguments.graph)] { return check(request, arguments.json); }; });

  CLI::App* dot_verb = app.add_subcommand("dot", "print the graph for Graphviz: sluice dot radio | dot -Tsvg");
  add_graph_arguments(*dot_verb, arguments.graph);
  dot_verb->callback([&] { command = [request = to_request(arguments.graph)] { return dot(request); }; });

  CLI::App* nodes_verb =
      app.add_subcommand("nodes", "list the node types, or describe one: ports, parameters, counters");
  nodes_verb->add_option("type", arguments.type, "a node type");
  CLI::Option* json = nodes_verb->add_flag("--json", arguments.json, "print JSON");
  nodes_verb->add_flag("--markdown", arguments.markdown, "print the catalogue as Markdown")->excludes(json);
  nodes_verb->callback([&] {
    const CatalogueForm form = arguments.json       ? CatalogueForm::json
                               : arguments.markdown ? CatalogueForm::markdown
                                                    : CatalogueForm::text;
    command = [&, form] { return nodes(arguments.type, form); };
  });

  CLI::App* devices_verb = app.add_subcommand("devices", "list the audio devices");
  devices_verb->add_flag("--json", arguments.json, "print JSON");
  devices_verb->callback([&] { command = [&] { return devices(arguments.json); }; });
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"sluice: real-time streaming dataflow. A graph file connects nodes by links."};
  app.set_version_flag("--version", "sluice " SLUICE_VERSION);
  app.require_subcommand(1);
  Arguments arguments;
  Command command;
  add_verbs(app, arguments, command);
  try {
    app.parse(argc, argv);
    return command();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kBadUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kFailedWhileRunning;
  }
}
