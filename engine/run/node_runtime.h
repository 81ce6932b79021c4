// The engine's side of one node: what the node may ask of its host, and what is counted of it.
#pragma once

#include <atomic>
#include <memory>

#include "engine/node/node.h"
#include "engine/run/island_task.h"

namespace sluice {

// An edit may move a running node to another island, also while a foreign thread is about to wake it: islands therefore
// live as long as the session, and a wake that still goes to the old one is harmless.
class NodeRuntime final : public Host {
 public:
  // `state` and `task` must outlive the node's threads.
  NodeRuntime(Node& node, SessionState& state, IslandTask& task)
      : sink_(node.outs().empty() ? std::make_unique<SinkMetrics>() : nullptr) {
    settle_in(state, task);
    node.attach(this);
  }

  // The node is a part of `task` from now on. Nobody but foreign threads may call the node meanwhile.
  void settle_in(SessionState& state, IslandTask& task) {
    state_.store(&state);
    task_.store(&task);
  }

  Time now() const noexcept override { return state().clock->now(); }
  Time stamp_time() const noexcept override { return task_.load(std::memory_order_relaxed)->stamp_time(); }
  void wake() noexcept override {
    woken_.store(true, std::memory_order_release);
    task_.load(std::memory_order_acquire)->wake();
  }
  void handed_over(Time capture_time) noexcept override {
    if (sink_) sink_->record(now() - capture_time);
  }
  bool given_up() const noexcept override { return state().aborted.load(std::memory_order_relaxed); }
  bool stopping() const noexcept override { return state().stopping.load(std::memory_order_relaxed); }

  // What a sink holds the age of its blocks against. Any thread.
  void set_budget(const Plan& plan) noexcept {
    if (sink_) sink_->budget = plan.live ? plan.graph.spec.budget.value_or(Duration::max()) : Duration::max();
  }

  IslandTask& task() const noexcept { return *task_.load(); }
  NodeMetrics& metrics() noexcept { return metrics_; }
  const NodeMetrics& metrics() const noexcept { return metrics_; }
  SinkMetrics* sink() const noexcept { return sink_.get(); }
  // Set by wake(), cleared by the island that pulls.
  std::atomic<bool>& woken() noexcept { return woken_; }

 private:
  const SessionState& state() const noexcept { return *state_.load(std::memory_order_acquire); }

  std::atomic<SessionState*> state_{nullptr};
  std::atomic<IslandTask*> task_{nullptr};
  std::atomic<bool> woken_{false};
  NodeMetrics metrics_;
  std::unique_ptr<SinkMetrics> sink_;
};

}  // namespace sluice
