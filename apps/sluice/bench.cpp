// sluice bench: measures what every node and island of a graph costs on this machine, for `sluice check` to count on.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>

#include "apps/common/costs_file.h"
#include "apps/common/graph_files.h"
#include "apps/common/run.h"
#include "apps/sluice/graph_arguments.h"
#include "apps/sluice/verbs.h"
#include "engine/run/measure.h"

namespace sluice::apps {
namespace {

struct BenchArguments {
  std::shared_ptr<GraphArguments> graph;
  std::string stream = "10 s", output;
  bool json = false;
};

// Music, or noise where the rate is too low for it.
std::unique_ptr<Node> signal_like(const StreamSpec& spec) {
  constexpr double kLowestOfTune = 8000;  // Hz
  auto node = Registry::global().make(spec.format.rate_hz >= kLowestOfTune ? "tune" : "noise");
  const auto set = [&](std::string_view name, const std::string& value) {
    for (ParamBase* param : node->params())
      if (param->name() == name) return param->assign(value).ok();
    return false;
  };
  set("rate", fmt::format("{}", spec.format.rate_hz));
  set("channels", fmt::format("{}", spec.format.channels));
  set("block", fmt::format("{:.9f}", static_cast<double>(spec.block_frames) / spec.format.rate_hz));
  return node;
}

std::string row(const std::string& name, std::size_t width, const RunTime& time) {
  return fmt::format("{:<{}}  {:>9.1f} {:>9.1f} {:>9.3f}\n", name, width, seconds(time.p50) * 1e6,
                     seconds(time.p99) * 1e6, 100 * time.cpu);
}

std::string table(const Plan& plan, const Costs& costs) {
  std::size_t width = 8;
  for (const BuiltNode& built : plan.graph.nodes) width = std::max(width, built.spec.name.size() + 2);
  std::string text = fmt::format("{:<{}}  {:>9} {:>9} {:>9}\n", "", width, "p50, us", "p99, us", "% of core");
  double cpu = 0;
  for (const IslandCost& island : costs.islands) {
    text += row("island", width, island.time);
    for (const std::string& name : island.nodes) text += row("  " + name, width, costs.nodes.at(name));
    cpu += island.time.cpu;
  }
  text += fmt::format("in all {:.3f} % of a core for each second of the stream, on {}\n", 100 * cpu, costs.machine);
  if (!costs.stood_in_for.empty())
    text += fmt::format("not run, and not counted: {}: a generated signal, a copy or nothing stood in for them\n",
                        fmt::join(costs.stood_in_for, ", "));
  return text;
}

// The costs file, beside the graph unless told otherwise; empty: none, for a graph that is no file.
std::string output_path(const BenchArguments& arguments, const GraphRequest& graph) {
  if (!arguments.output.empty() || graph.file.empty()) return arguments.output;
  return costs_path(find_graph(graph.file));
}

int write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  if (file << text << '\n' << std::flush) return kDone;
  fmt::print(stderr, "error: {}: cannot be written: say where with -o FILE\n", path);
  return kFailedWhileRunning;
}

int bench(GraphRequest graph, const BenchArguments& arguments) {
  graph.costs = "";  // what was measured before does not count

  const Result<Duration> stream = parse_run_time(arguments.stream);
  if (!stream) {
    fmt::print(stderr, "error: {}\n", stream.error().text());
    return kBadUsage;
  }
  const Plan plan = load_graph(graph, OpenPorts::close);
  print_diagnostics(plan.diagnostics());
  if (!plan.ok()) return kBadUsage;
  const Result<Costs> costs =
      measure_costs(load_graph(graph, OpenPorts::close), {.stream = *stream, .signal = signal_like});
  if (!costs) {
    fmt::print(stderr, "error: {}\n", costs.error().text());
    return kFailedWhileRunning;
  }
  const std::string json = to_json(*costs, plan.graph.spec.name), path = output_path(arguments, graph);
  fmt::print("{}", arguments.json ? json + "\n" : table(plan, *costs));
  if (path.empty()) return kDone;
  if (!arguments.json) fmt::print("written to {}: `sluice check` counts on it\n", path);
  return write(path, json);
}

}  // namespace

void add_bench(CLI::App& app, Command& chosen) {
  CLI::App* verb = app.add_subcommand(
      "bench", "measure what every node of a graph costs on this machine; opens no device or socket");
  const auto arguments = std::make_shared<BenchArguments>();
  arguments->graph = GraphArguments::add_to(*verb);
  verb->add_option("--for", arguments->stream, "how much of the stream, as in 10s")->capture_default_str();
  verb->add_option("-o,--output", arguments->output, "the file for the results; else GRAPH.costs.json");
  verb->add_flag("--json", arguments->json, "print one JSON object");
  verb->callback([&chosen, arguments] {
    chosen = [arguments, graph = arguments->graph->request()] { return bench(graph, *arguments); };
  });
}

}  // namespace sluice::apps
