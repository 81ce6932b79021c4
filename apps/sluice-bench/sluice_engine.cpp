#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "apps/sluice-bench/engines.h"
#include "apps/sluice-bench/nodes.h"
#include "engine/graph/front.h"
#include "engine/run/recorder.h"
#include "engine/run/session.h"
#include "engine/run/trace.h"

namespace sluice::bench {
namespace {

constexpr auto kReadTrace = std::chrono::milliseconds(1);
constexpr auto kStopTimeout = std::chrono::seconds(10);

double milliseconds_since(std::int64_t begin_ns, std::int64_t end_ns) {
  return static_cast<double>(end_ns - begin_ns) * 1e-6;
}

// "latency: 25 ms": two and a half periods leave room for two blocks in flight.
std::string latency_line(const Workload& workload) {
  const int window = workload.window ? workload.window : (workload.paced_sink() ? 2 : 0);
  if (window == 0) return {};
  const Duration period = frames_to_duration(workload.block, 48000);
  return fmt::format("latency: {{ budget: {} us, on_overrun: wait }}\n",
                     (period * (2 * window + 1) / 2).count() / 1000);
}

std::string chain_links(const Workload& workload) {
  std::string links = "  - source";
  for (int k = 1; k <= workload.n; ++k) links += fmt::format(" -> n{}", k);
  return links + " -> sink\n";
}

std::string fan_links(const Workload& workload) {
  std::string links;
  for (int k = 1; k <= workload.fan; ++k) links += fmt::format("  - source -> n{} -> join.in\n", k);
  return links + "  - join -> sink\n";
}

// The sink counts the source's blocks; each has been encoded before the next one comes.
std::string encoder() {
  constexpr const char* kStages[] = {"filterbank", "mdct", "psychoacoustics", "quantize", "bitstream"};
  std::string nodes = "  noise: { type: bench.noise }\n  mp3: { type: discard }\n", links = "  - source -> sink\n";
  std::string chain = "  - source -> noise";
  for (const char* stage : kStages) {
    nodes += fmt::format("  {0}: {{ type: mp3.{0} }}\n", stage);
    chain += fmt::format(" -> {}", stage);
  }
  return nodes + "links:\n" + links + chain + " -> mp3\n";
}

Result<Plan> load(const Workload& workload) {
  const Registry& registry = Registry::global();
  Parsed parsed = parse_graph_yaml(graph_text(workload), "bench", registry, {});
  BuiltGraph built = build_graph(std::move(parsed.spec), registry);
  const std::vector<Diagnostic> diagnostics = merge(std::move(parsed.diagnostics), built.diagnostics);
  if (has_errors(diagnostics)) return std::unexpected(Error{"graph", to_string(diagnostics.front())});
  Plan plan = compile(std::move(built));
  if (!plan.ok()) return std::unexpected(Error{"graph", to_string(plan.diagnostics().front())});
  return plan;
}

template <typename T>
T* find_node(const Plan& plan) {
  for (const BuiltNode& built : plan.graph.nodes)
    if (T* node = dynamic_cast<T*>(built.node.get())) return node;
  return nullptr;
}

// What is taken of a run, beside what is measured; outlives the session.
class Sight {
 public:
  explicit Sight(const Workload& workload) : what_(workload.sight) {
    if (what_ == "trace") reader_ = std::jthread([this](const std::stop_token& stop) { read(stop); });
  }
  Status record(Plan& plan, const Clock& clock) {
    if (what_ != "record") return {};
    auto recorder = Recorder::create("/dev/null", plan, clock);
    if (!recorder) return recorder.error();
    recorder_ = std::move(*recorder);
    return {};
  }
  SessionOptions options() {
    SessionOptions options;
    if (what_ == "trace") options.tracer = &tracer_;
    return options;
  }

  // Over the window of `workload`.
  void measure(const Workload& workload, const Arrivals& arrivals, Session& session, Outcome& outcome) const {
    if (!workload.by_turns()) return measure_window(workload, arrivals, outcome);
    measure_by_turns(
        workload, arrivals, [&](bool taken) { session.take_counts(taken || what_ == "control"); }, outcome);
  }

 private:
  // As the program that writes them to a file does.
  void read(const std::stop_token& stop) {
    for (std::vector<Tracer::Recorded> events; !stop.stop_requested(); events.clear()) {
      tracer_.drain(events);
      std::this_thread::sleep_for(kReadTrace);
    }
  }

  const std::string what_;
  Tracer tracer_;
  std::unique_ptr<Recorder> recorder_;
  std::jthread reader_;
};

}  // namespace

std::string graph_text(const Workload& workload) {
  const bool fan = workload.name == "fan", encode = workload.name == "encode";
  const int nodes = fan ? workload.fan : encode ? 0 : workload.n;
  std::string text = "graph: bench\n" + latency_line(workload) + "nodes:\n";
  text += fmt::format("  source: {{ type: bench.source, block: {}, period: {} us, stamps: {} }}\n", workload.block,
                      workload.paced_source() ? workload.period_us : 0, workload.stamped());
  for (int k = 1; k <= nodes; ++k)
    text +=
        fmt::format("  n{}: {{ type: bench.{}, cut: {} }}\n", k, fan ? "copy" : workload.variant, workload.cut == k);
  if (fan) text += "  join: { type: bench.join }\n";
  text += fmt::format("  sink: {{ type: bench.sink, blocking: {}, cut: {} }}\n", workload.paced_sink(),
                      workload.cut == nodes + 1);
  if (encode) return text + encoder();
  return text + "links:\n" + (fan ? fan_links(workload) : chain_links(workload));
}

Result<Outcome> run_sluice(const Workload& workload, Arrivals& arrivals) {
  Outcome outcome;
  const std::int64_t begin = now_ns();
  Result<Plan> plan = load(workload);
  if (!plan) return std::unexpected(plan.error());
  outcome.load_ms = milliseconds_since(begin, now_ns());
  find_node<BenchSink>(*plan)->watch(arrivals);
  Executor executor({.realtime_workers = 2, .elastic_workers = 2, .raise_priority = workload.fifo});
  Sight sight(workload);
  if (Status status = sight.record(*plan, executor.clock()); !status) return std::unexpected(status.error());
  Session session(std::move(*plan), executor, sight.options());
  session.take_counts(workload.sight != "none");
  if (Status status = session.start(); !status) return std::unexpected(status.error());
  sight.measure(workload, arrivals, session, outcome);
  const RunReport report = session.report();
  session.request_stop();
  session.wait(kStopTimeout);
  if (Status status = session.finish(); !status) return std::unexpected(status.error());
  outcome.realtime = report.realtime;
  for (const IslandReport& island : report.islands) {
    outcome.turns += island.turns;
    outcome.busy_us += island.busy_s * 1e6;
    outcome.longest_turn_us = std::max(outcome.longest_turn_us, milliseconds(island.longest_turn) * 1e3);
  }
  outcome.first_block_ms = milliseconds_since(begin, arrivals.first_ns());
  if (const BenchJoin* join = find_node<BenchJoin>(session.plan())) outcome.join_errors = join->join_errors();
  return outcome;
}

}  // namespace sluice::bench
