#include "engine/run/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <utility>

#include "engine/graph/live_params.h"
#include "engine/run/graph_edit.h"
#include "engine/run/run_report.h"
#include "engine/run/wiring.h"

namespace sluice {

struct Session::Impl {
  Impl(Plan plan, Executor& e, const SessionOptions& o);
  ~Impl() { tear_down(); }

  Status start(const std::function<void()>& ready);
  Status prepare_nodes();
  void launch();
  void node_failed(const std::string& node, std::string_view message);
  void give_up(const std::string& where, std::string_view message);
  void request_stop();
  bool wait(Duration timeout);
  Result<EditReport> apply(Plan next);
  void tear_down();

  Executor& executor;
  SessionOptions options;
  SessionState state;
  RunningGraph graph;
  bool admitted = false;              // counts among the executor's sessions
  std::vector<std::size_t> prepared;  // nodes, until the start is over

  std::mutex applying;         // one edit at a time; held for long
  mutable std::mutex reading;  // guards `graph` against edits and live parameters; never held by a worker
  mutable std::mutex mutex;    // guards what follows; taken last
  std::condition_variable changed;
  Time started{}, ended_at{};
  std::optional<Time> stop_requested;
  bool ended = false;
  std::optional<Error> error;
};

Session::Impl::Impl(Plan plan, Executor& e, const SessionOptions& o) : executor(e), options(o) {
  state.clock = &executor.clock();
  state.tracer = options.tracer;
  state.live = plan.live;
  state.stream_limit = options.run_for;
  state.failed = [this](const std::string& node, std::string_view message) { node_failed(node, message); };
  state.overrun = [this](const std::string& node, std::string_view message) { give_up(node, message); };
  state.drained = [this] {
    const std::lock_guard lock(mutex);
    ended = true;
    ended_at = state.clock->now();
    changed.notify_all();
  };
  graph.plan = std::move(plan);
}

Status Session::Impl::start(const std::function<void()>& ready) {
  if (Status status = check_limits(graph.plan, executor.limits()); !status) return status;
  if (Status status = executor.admit(); !status) return status;
  admitted = true;
  if (graph.plan.live) executor.lock_memory();
  {
    const std::lock_guard lock(reading);
    const GraphDiff all = diff_graphs({}, graph.plan.graph);
    Wiring wiring(std::move(graph.plan), {}, all, state, executor);
    for (Wiring::Change& change : wiring.changes) {
      change.task->become(*change.fresh);
      change.task->connect();
    }
    graph = std::move(wiring.graph);
  }
  if (Status status = prepare_nodes(); !status) {
    tear_down();
    return status;
  }
  if (ready) ready();
  launch();
  return {};
}

Status Session::Impl::prepare_nodes() {
  const BuiltGraph& nodes = graph.plan.graph;
  for (auto n = nodes.order.rbegin(); n != nodes.order.rend(); ++n) {
    prepared.push_back(*n);
    const Status status = nodes.nodes[*n].node->prepare();
    if (!status) return Error{nodes.nodes[*n].spec.name, status.error().text()};
  }
  return {};
}

void Session::Impl::launch() {
  state.nodes_running.store(graph.plan.graph.nodes.size());
  {
    const std::lock_guard lock(mutex);
    started = state.clock->now();
    if (stop_requested) stop_requested = started;
  }
  state.launched.store(true, std::memory_order_release);
  for (const auto& task : graph.tasks) task->wake();
}

// The node's part of the graph has ended; the rest drains, so that what was under way is finished properly.
void Session::Impl::node_failed(const std::string& node, std::string_view message) {
  const std::lock_guard lock(mutex);
  if (!error) error = Error{node, std::string(message)};
  if (!stop_requested) stop_requested = state.clock->now();
  state.stopping.store(true, std::memory_order_release);
  changed.notify_all();
}

void Session::Impl::give_up(const std::string& where, std::string_view message) {
  state.aborted.store(true, std::memory_order_release);
  const std::lock_guard lock(mutex);
  if (!error) error = Error{where, std::string(message)};
  ended = true;
  ended_at = state.clock->now();
  changed.notify_all();
}

void Session::Impl::request_stop() {
  {
    const std::lock_guard lock(mutex);
    if (!stop_requested) stop_requested = state.clock->now();
    changed.notify_all();
  }
  state.stopping.store(true, std::memory_order_release);
  const std::lock_guard lock(reading);
  for (const auto& task : graph.tasks) task->wake();
}

// The wall-clock limit of live graphs and the drain time-out are kept here, by the waiting thread.
bool Session::Impl::wait(Duration timeout) {
  const Time deadline = state.clock->now() + timeout;
  bool told = false;  // that the sources end
  for (;;) {
    std::unique_lock lock(mutex);
    if (ended) return true;
    const Time now = state.clock->now();
    const bool over = state.live && options.run_for && now >= started + *options.run_for;
    if ((over || stop_requested) && !std::exchange(told, true)) {
      lock.unlock();
      request_stop();
      continue;
    }
    if (stop_requested && now >= *stop_requested + options.drain_timeout) {
      lock.unlock();
      give_up("stop", fmt::format("blocks still under way after {:g} s were given up", seconds(options.drain_timeout)));
      continue;
    }
    if (now >= deadline) return false;
    Time until = deadline;
    if (state.live && options.run_for && !stop_requested) until = std::min(until, started + *options.run_for);
    if (stop_requested) until = std::min(until, *stop_requested + options.drain_timeout);
    changed.wait_until(lock, std::chrono::system_clock::now() + (until - now));
  }
}

Result<EditReport> Session::Impl::apply(Plan next) {
  if (!next.ok()) return std::unexpected(Error{"apply", "the new graph has errors"});
  if (next.live != state.live)
    return std::unexpected(
        Error{"apply", state.live ? "the new graph follows no clock, the running one does: start it anew"
                                  : "the new graph follows a clock, the running one does not: start it anew"});
  if (Status status = check_limits(next, executor.limits()); !status) return std::unexpected(status.error());
  const std::lock_guard one(applying);
  if (!state.launched || state.stopping || state.aborted || state.nodes_running == 0)
    return std::unexpected(Error{"apply", "the graph does not run"});
  std::optional<GraphEdit> edit;
  {
    const std::lock_guard lock(reading);  // a live parameter may change meanwhile
    edit.emplace(graph, std::move(next), state, executor);
  }
  Status status = edit->prepare();
  if (status) status = edit->swap(options.drain_timeout, reading);
  if (!status) return std::unexpected(edit->take_back(status.error()));
  EditReport report = edit->finish(options.drain_timeout);
  if (const std::string what = summary(report); options.changed && !what.empty()) options.changed(what);
  return report;
}

void Session::Impl::tear_down() {
  state.aborted.store(true, std::memory_order_release);
  const std::lock_guard one(applying);
  const auto retire = [this] {
    for (const auto& task : graph.tasks) task->pool().retire(*task);
    for (const auto& task : graph.spare_tasks) task->pool().retire(*task);
  };
  retire();
  if (state.launched) prepared = graph.plan.graph.order;
  const std::vector<std::size_t>& order = graph.plan.graph.order;
  for (const std::size_t n : order)
    if (std::ranges::find(prepared, n) != prepared.end()) graph.plan.graph.nodes[n].node->stop();
  prepared.clear();
  state.launched = false;
  retire();  // a stopped node may still have rung its bell
  for (const auto& task : graph.tasks) task->disconnect();
  for (BuiltNode& built : graph.plan.graph.nodes)
    for (InPort* in : built.node->ins()) PortWiring::clear(*in);
  if (std::exchange(admitted, false)) executor.leave();
}

Session::Session(Plan plan, Executor& executor, const SessionOptions& options)
    : impl_(std::make_unique<Impl>(std::move(plan), executor, options)) {}
Session::~Session() = default;

Status Session::start(const std::function<void()>& ready) {
  return impl_->start(ready);
}

void Session::request_stop() {
  impl_->request_stop();
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
  const std::lock_guard lock(impl_->reading);
  Status status = adjust_param(impl_->graph.plan.graph, node, param, text);
  if (status && impl_->options.changed) impl_->options.changed(fmt::format("{}.{} = {}", node, param, text));
  return status;
}

Result<EditReport> Session::apply(Plan next) {
  return impl_->apply(std::move(next));
}

void Session::take_counts(bool taken) noexcept {
  impl_->state.counts.store(taken, std::memory_order_relaxed);
}

void Session::inspect(const std::function<void(const Plan&)>& look) const {
  const std::lock_guard lock(impl_->reading);
  look(impl_->graph.plan);
}

const Plan& Session::plan() const {
  return impl_->graph.plan;
}

RunReport Session::report() const {
  const Impl& impl = *impl_;
  const std::lock_guard reading(impl.reading);
  RunReport report;
  {
    const std::lock_guard lock(impl.mutex);
    using Phase = RunReport::Phase;
    report.phase = impl.ended ? Phase::ended : impl.stop_requested ? Phase::draining : Phase::running;
    report.elapsed_s = seconds((impl.ended ? impl.ended_at : impl.state.clock->now()) - impl.started);
  }
  report.live = impl.state.live;
  report.realtime = report.live && impl.executor.realtime_pool().realtime();
  report.memory_locked = report.live && impl.executor.memory_locked();
  count(impl.graph, report);
  return report;
}

}  // namespace sluice
