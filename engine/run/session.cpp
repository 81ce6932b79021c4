#include "engine/run/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <set>
#include <utility>

#include "engine/graph/live_params.h"
#include "engine/run/border_link.h"
#include "engine/run/island_task.h"

namespace sluice {

struct Session::Impl {
  // The engine's side of one node.
  struct NodeRuntime final : Host {
    Time now() const noexcept override { return clock->now(); }
    Time stamp_time() const noexcept override { return task->stamp_time(); }
    void wake() noexcept override {
      task->wake_node(slot);
      doorbell->ring(*task);
    }
    void handed_over(Time capture_time) noexcept override {
      if (sink) sink->record(clock->now() - capture_time, budget);
    }
    bool given_up() const noexcept override { return aborted->load(std::memory_order_relaxed); }
    const Clock* clock = nullptr;
    const std::atomic<bool>* aborted = nullptr;
    IslandTask* task = nullptr;
    std::size_t slot = 0;
    std::unique_ptr<WorkerPool::Doorbell> doorbell;
    std::unique_ptr<SinkMetrics> sink;
    std::optional<Duration> budget;
    NodeMetrics metrics;
    bool prepared = false;
  };

  Impl(Plan p, Executor& e, const SessionOptions& o);
  ~Impl();

  void make_islands();
  void make_links();
  void make_runtimes();
  void make_pools();
  Status prepare_nodes();
  void launch();
  void fail(const std::string& node, std::string_view message);
  void wake_all();
  bool wait(Duration timeout);
  void tear_down();
  std::uint64_t shed_before(const std::string& sink) const;

  WorkerPool& pool_of(const Island& island) {
    return plan.live && island.realtime ? executor.realtime_pool() : executor.elastic_pool();
  }

  Plan plan;
  Executor& executor;
  SessionOptions options;
  SessionState state;
  std::vector<std::unique_ptr<NodeRuntime>> runtimes;
  std::vector<std::unique_ptr<BorderLink>> borders;
  std::vector<std::atomic<std::uint64_t>> fused_shed;  // per link
  std::vector<std::unique_ptr<IslandTask>> tasks;
  Time started{}, ended_at{};
  std::optional<Time> stop_requested;

  mutable std::mutex editing;  // guards the plan against edits and live parameters; never held by a worker
  mutable std::mutex mutex;    // guards ended, error, stop_requested, started, ended_at
  std::condition_variable changed;
  bool ended = false;
  std::optional<Error> error;
};

Session::Impl::Impl(Plan p, Executor& e, const SessionOptions& o) : plan(std::move(p)), executor(e), options(o) {
  state.clock = &executor.clock();
  state.live = plan.live;
  state.budget = plan.live ? plan.graph.spec.budget : std::nullopt;
  state.stream_limit = options.run_for;
  state.failed = [this](const std::string& node, std::string_view message) { fail(node, message); };
  state.drained = [this] {
    const std::lock_guard lock(mutex);
    ended = true;
    ended_at = state.clock->now();
    changed.notify_all();
  };
  make_islands();
  make_runtimes();
  make_links();
  make_pools();
}

Session::Impl::~Impl() {
  tear_down();
}

void Session::Impl::make_islands() {
  for (const Island& island : plan.islands)
    tasks.push_back(std::make_unique<IslandTask>(island, plan, state, pool_of(island)));
}

void Session::Impl::make_runtimes() {
  for (std::size_t n = 0; n < plan.graph.nodes.size(); ++n) {
    auto runtime = std::make_unique<NodeRuntime>();
    IslandTask& task = *tasks[plan.island_of[n]];
    Node& node = *plan.graph.nodes[n].node;
    runtime->clock = state.clock;
    runtime->aborted = &state.aborted;
    runtime->task = &task;
    runtime->slot = task.slot_of(n);
    runtime->doorbell = task.pool().make_doorbell();
    runtime->budget = state.budget;
    if (node.outs().empty()) runtime->sink = std::make_unique<SinkMetrics>();
    task.set_metrics(runtime->slot, &runtime->metrics, runtime->sink.get());
    node.attach(runtime.get());
    runtimes.push_back(std::move(runtime));
  }
}

void Session::Impl::make_links() {
  fused_shed = std::vector<std::atomic<std::uint64_t>>(plan.graph.links.size());
  for (std::size_t l = 0; l < plan.graph.links.size(); ++l) {
    const BuiltLink& link = plan.graph.links[l];
    IslandTask& from = *tasks[plan.island_of[link.from]];
    IslandTask& to = *tasks[plan.island_of[link.to]];
    if (!plan.border_of[l]) {
      // Within an island a block is as young as at its head: only what enters there is looked at.
      const auto max_age = plan.graph.nodes[link.from].node->self_driven() ? plan.max_age[l] : std::nullopt;
      from.add_fused_link(*link.out, *link.in, from.slot_of(link.from), from.slot_of(link.to), max_age, fused_shed[l]);
      continue;
    }
    borders.push_back(std::make_unique<BorderLink>(plan.borders[*plan.border_of[l]], *state.clock, plan.max_age[l]));
    BorderLink& border = *borders.back();
    border.connect([&to] { to.wake(); }, [&from] { from.wake(); },
                   [this, name = plan.graph.nodes[link.to].spec.name] {
                     fail(name, "it cannot keep up: its border is full and the policy is 'fail'");
                   });
    from.add_exit(border, *link.out, from.slot_of(link.from));
    to.add_entry(border, *link.in, to.slot_of(link.to));
  }
  for (auto& task : tasks) task->finish_wiring();
}

void Session::Impl::make_pools() {
  std::size_t in_flight = 0;
  for (const Border& border : plan.borders) in_flight += 2 * border.credits;
  for (auto& task : tasks) task->make_pools(in_flight);
}

Status Session::Impl::prepare_nodes() {
  for (const std::size_t n : std::vector(plan.graph.order.rbegin(), plan.graph.order.rend())) {
    const BuiltNode& built = plan.graph.nodes[n];
    Status status = built.node->prepare();
    runtimes[n]->prepared = true;
    if (!status) return Error{built.spec.name, status.error().text()};
  }
  return {};
}

void Session::Impl::launch() {
  state.nodes_running.store(plan.graph.nodes.size());
  {
    const std::lock_guard lock(mutex);
    started = state.clock->now();
    if (stop_requested) stop_requested = started;
  }
  state.launched.store(true, std::memory_order_release);
  wake_all();
}

void Session::Impl::fail(const std::string& node, std::string_view message) {
  state.aborted.store(true, std::memory_order_release);
  const std::lock_guard lock(mutex);
  if (!error) error = Error{node, std::string(message)};
  ended = true;
  ended_at = state.clock->now();
  changed.notify_all();
}

void Session::Impl::wake_all() {
  for (auto& task : tasks) task->wake();
}

// The wall-clock limit of live graphs and the drain time-out are kept here, by the waiting thread.
bool Session::Impl::wait(Duration timeout) {
  const Time deadline = state.clock->now() + timeout;
  std::unique_lock lock(mutex);
  while (!ended) {
    const Time now = state.clock->now();
    if (plan.live && options.run_for && !stop_requested && now >= started + *options.run_for) {
      stop_requested = now;
      state.stopping.store(true, std::memory_order_release);
      wake_all();
    }
    if (stop_requested && now >= *stop_requested + options.drain_timeout) {
      state.aborted.store(true, std::memory_order_release);
      if (!error)
        error = Error{"stop",
                      fmt::format("blocks still under way after {:g} s were given up", seconds(options.drain_timeout))};
      ended = true;
      ended_at = now;
      break;
    }
    if (now >= deadline) return false;
    Time until = deadline;
    if (plan.live && options.run_for && !stop_requested) until = std::min(until, started + *options.run_for);
    if (stop_requested) until = std::min(until, *stop_requested + options.drain_timeout);
    changed.wait_until(lock, std::chrono::system_clock::now() + (until - now));
  }
  return true;
}

void Session::Impl::tear_down() {
  state.aborted.store(true, std::memory_order_release);
  for (auto& task : tasks) task->pool().retire(*task);
  for (const std::size_t n : plan.graph.order) {
    if (!runtimes[n]->prepared) continue;
    plan.graph.nodes[n].node->stop();
    runtimes[n]->prepared = false;
  }
  // A stopped node may still have rung its bell: wait for that turn as well.
  for (auto& task : tasks) task->pool().retire(*task);
  for (BuiltNode& built : plan.graph.nodes)
    for (InPort* in : built.node->ins()) PortWiring::clear(*in);
}

Session::Session(Plan plan, Executor& executor, const SessionOptions& options)
    : impl_(std::make_unique<Impl>(std::move(plan), executor, options)) {}
Session::~Session() = default;

Status Session::start() {
  if (impl_->plan.live) impl_->executor.lock_memory();
  Status status = impl_->prepare_nodes();
  if (!status) {
    impl_->tear_down();
    return status;
  }
  impl_->launch();
  return {};
}

void Session::request_stop() {
  {
    const std::lock_guard lock(impl_->mutex);
    if (impl_->stop_requested) return;
    impl_->stop_requested = impl_->state.clock->now();
    impl_->changed.notify_all();
  }
  impl_->state.stopping.store(true, std::memory_order_release);
  impl_->wake_all();
}

bool Session::wait(Duration timeout) {
  return impl_->wait(timeout);
}

Status Session::finish() {
  impl_->tear_down();
  const std::lock_guard lock(impl_->mutex);
  return impl_->error ? Status(*impl_->error) : Status{};
}

Status Session::set_param(std::string_view node, std::string_view param, std::string_view text) {
  const std::lock_guard lock(impl_->editing);
  return adjust_param(impl_->plan.graph, node, param, text);
}

Result<EditReport> Session::apply(Plan next) {
  if (!next.ok()) return std::unexpected(Error{"apply", "the new graph has errors"});
  return std::unexpected(Error{"apply", "the new graph differs in more than live parameters"});
}

void Session::inspect(const std::function<void(const Plan&)>& look) const {
  const std::lock_guard lock(impl_->editing);
  look(impl_->plan);
}

const Plan& Session::plan() const {
  return impl_->plan;
}

// Blocks shed on any way to the sink.
std::uint64_t Session::Impl::shed_before(const std::string& sink) const {
  std::set<std::pair<std::size_t, std::size_t>> steps;
  for (const PathLatency& path : plan.paths)
    for (std::size_t k = 0; path.sink == sink && k + 1 < path.nodes.size(); ++k)
      steps.insert({path.nodes[k], path.nodes[k + 1]});
  std::uint64_t shed = 0;
  for (std::size_t l = 0; l < plan.graph.links.size(); ++l) {
    if (!steps.contains({plan.graph.links[l].from, plan.graph.links[l].to})) continue;
    const auto border = plan.border_of[l];
    if (!border)
      shed += fused_shed[l].load(std::memory_order_relaxed);
    else
      shed += borders[*border]->shed();
  }
  return shed;
}

RunReport Session::report() const {
  const Impl& impl = *impl_;
  const std::lock_guard editing(impl.editing);
  RunReport report;
  {
    const std::lock_guard lock(impl.mutex);
    using Phase = RunReport::Phase;
    report.phase = impl.ended ? Phase::ended : impl.stop_requested ? Phase::draining : Phase::running;
    report.elapsed_s = seconds((impl.ended ? impl.ended_at : impl.state.clock->now()) - impl.started);
  }
  report.live = impl.plan.live;
  report.realtime = impl.plan.live && impl.executor.realtime_pool().realtime();
  report.memory_locked = impl.plan.live && impl.executor.memory_locked();
  for (std::size_t n = 0; n < impl.runtimes.size(); ++n) {
    const BuiltNode& built = impl.plan.graph.nodes[n];
    const Impl::NodeRuntime& runtime = *impl.runtimes[n];
    NodeReport& node = report.nodes[built.spec.name];
    node = {built.spec.type,
            runtime.metrics.blocks.load(),
            runtime.metrics.errors.load(),
            static_cast<double>(runtime.metrics.busy_ns.load()) * 1e-9,
            {}};
    for (const Counter* counter : built.node->counters()) {
      node.counters[counter->name()] = counter->value();
      if (counter->name() == "xruns") report.xruns += counter->value();
    }
    if (!runtime.sink) continue;
    const LatencyHistogram& latency = runtime.sink->latency;
    report.sinks[built.spec.name] = {.p50 = latency.quantile(0.5),
                                     .p90 = latency.quantile(0.9),
                                     .p99 = latency.quantile(0.99),
                                     .p999 = latency.quantile(0.999),
                                     .max = latency.max(),
                                     .blocks = runtime.metrics.blocks.load(),
                                     .late = runtime.sink->late.load(),
                                     .shed = impl.shed_before(built.spec.name),
                                     .recorded = latency.count(),
                                     .sum = latency.sum(),
                                     .steps = latency.steps()};
  }
  for (std::size_t i = 0; i < impl.tasks.size(); ++i) {
    const IslandMetrics& metrics = impl.tasks[i]->metrics();
    report.islands.push_back({impl.plan.islands[i].name, metrics.turns.load(),
                              static_cast<double>(metrics.busy_ns.load()) * 1e-9, Duration(metrics.longest_ns.load())});
  }
  for (std::size_t b = 0; b < impl.borders.size(); ++b) {
    const BuiltLink& link = impl.plan.graph.links[impl.plan.borders[b].link];
    report.borders.push_back({.from = impl.plan.graph.nodes[link.from].spec.name,
                              .to = impl.plan.graph.nodes[link.to].spec.name,
                              .from_port = link.out->name(),
                              .to_port = link.in->name(),
                              .depth = impl.borders[b]->depth(),
                              .credits = impl.plan.borders[b].credits,
                              .shed = impl.borders[b]->shed()});
  }
  return report;
}

}  // namespace sluice
