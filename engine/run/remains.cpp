#include "engine/run/remains.h"

#include <algorithm>

#include "engine/run/wiring.h"

namespace sluice {
namespace {
constexpr auto kLook = std::chrono::milliseconds(20);  // for a session that is given up meanwhile
}  // namespace

Remains::Remains(const RunningGraph& before, const std::vector<bool>& leaving, const std::vector<bool>& lost_borders,
                 const SessionState& session, Executor& executor)
    : before_(before), leaving_(leaving), lost_borders_(lost_borders) {
  state_.clock = session.clock;
  state_.live = session.live;
  state_.launched = true;
  state_.stopping = true;
  state_.failed = [this](const std::string& node, std::string_view message) {
    const std::lock_guard lock(mutex_);
    failures_.push_back(node + ": " + std::string(message));
  };
  state_.overrun = state_.failed;
  state_.drained = [this] {
    const std::lock_guard lock(mutex_);
    drained_ = true;
    changed_.notify_all();
  };
  make_islands(executor);
  make_links();
  make_pools();
}

Remains::~Remains() {
  state_.aborted = true;
  stop_nodes();
}

void Remains::make_islands(Executor& executor) {
  const Plan& plan = before_.plan;
  for (const Island& island : plan.islands) {
    std::vector<IslandTask::Part> parts;
    for (const std::size_t n : island.nodes)
      if (leaving_[n])
        parts.push_back({plan.graph.nodes[n].node.get(), plan.graph.nodes[n].spec.name, before_.runtimes[n].get()});
    tasks_.push_back(parts.empty() ? nullptr
                                   : std::make_unique<IslandTask>(state_, workers_of(plan, island, executor), parts));
  }
}

void Remains::make_links() {
  const Plan& plan = before_.plan;
  for (std::size_t l = 0; l < plan.graph.links.size(); ++l) {
    const BuiltLink& link = plan.graph.links[l];
    if (!leaving_[link.from] || !leaving_[link.to]) continue;
    if (!plan.border_of[l]) {
      task_of(link.from)->add_fused_link(*link.out, *link.in, {}, *before_.shed[l]);
      continue;
    }
    task_of(link.from)->add_exit(*before_.borders[*plan.border_of[l]], *link.out);
    task_of(link.to)->add_entry(*before_.borders[*plan.border_of[l]], *link.in);
  }
  for (const auto& task : tasks_)
    if (task) task->finish_wiring();
}

// Of their own: the nodes that stay go on taking from the pools they shared.
void Remains::make_pools() {
  const Plan& plan = before_.plan;
  for (std::size_t n = 0; n < leaving_.size(); ++n) {
    if (!leaving_[n]) continue;
    for (OutPort* out : plan.graph.nodes[n].node->outs())
      pools_.emplace_back(out,
                          std::make_shared<BlockPool>(PortWiring::shape(*out), blocks_in_pool(1, plan), task_of(n)));
  }
}

void Remains::begin() {
  begun_ = true;
  std::size_t running = 0;
  for (std::size_t n = 0; n < leaving_.size(); ++n) {
    if (!leaving_[n]) continue;
    const Node& node = *before_.plan.graph.nodes[n].node;
    running += before_.tasks[before_.plan.island_of[n]]->has_ended(node) ? 0 : 1;
    before_.runtimes[n]->settle_in(state_, *task_of(n));
  }
  state_.nodes_running = running;
  if (running == 0) drained_ = true;
  for (const auto& [out, pool] : pools_) PortWiring::set_pool(*out, pool);
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (!tasks_[i]) continue;
    tasks_[i]->inherit(*before_.tasks[i]);
    tasks_[i]->connect();
  }
  cut_off();
}

// What comes from nodes that stay, or that have been finished already, comes no more.
void Remains::cut_off() {
  const Plan& plan = before_.plan;
  for (std::size_t l = 0; l < plan.graph.links.size(); ++l) {
    const BuiltLink& link = plan.graph.links[l];
    if (!leaving_[link.to]) continue;
    const auto b = plan.border_of[l];
    if (b && leaving_[link.from]) {
      IslandTask *from = task_of(link.from), *to = task_of(link.to);
      before_.borders[*b]->connect([to] { to->wake(); }, [from] { from->wake(); }, [] {});
      continue;
    }
    if (leaving_[link.from]) continue;
    if (b && !lost_borders_[*b]) before_.borders[*b]->empty_into(*link.in);
    task_of(link.to)->end_input(*link.in);
  }
}

void Remains::release() {
  for (const auto& task : tasks_)
    if (task) task->wake();
}

void Remains::finish(Duration timeout, const std::atomic<bool>& give_up, std::vector<std::string>& unclean) {
  {
    std::unique_lock lock(mutex_);
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (!drained_ && !give_up && std::chrono::steady_clock::now() < deadline) changed_.wait_for(lock, kLook);
    if (!drained_)
      for (std::size_t n = 0; n < leaving_.size(); ++n)
        if (leaving_[n] && !task_of(n)->has_ended(*before_.plan.graph.nodes[n].node))
          failures_.push_back(before_.plan.graph.nodes[n].spec.name + ": given up before it had drained");
    unclean.insert(unclean.end(), failures_.begin(), failures_.end());
  }
  state_.aborted = true;
  stop_nodes();
}

void Remains::stop_nodes() {
  if (!begun_ || std::exchange(stopped_, true)) return;
  const auto retire = [this] {
    for (const auto& task : tasks_)
      if (task) task->pool().retire(*task);
  };
  retire();
  for (const std::size_t n : before_.plan.graph.order)
    if (leaving_[n]) before_.plan.graph.nodes[n].node->stop();
  retire();  // a stopped node may still have rung its bell
  for (std::size_t n = 0; n < leaving_.size(); ++n)
    if (leaving_[n])
      for (InPort* in : before_.plan.graph.nodes[n].node->ins()) PortWiring::clear(*in);
}

}  // namespace sluice
