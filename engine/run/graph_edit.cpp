#include "engine/run/graph_edit.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "engine/core/denormals.h"

namespace sluice {
namespace {

std::uint64_t blocks_taken(const Node& node) {
  std::uint64_t taken = 0;
  for (const InPort* in : node.ins()) taken += PortWiring::taken(*in);
  return taken;
}

const BuiltNode* find_node(const Plan& plan, const std::string& name) {
  const auto found = std::ranges::find(plan.graph.nodes, name, [](const BuiltNode& b) { return b.spec.name; });
  return found == plan.graph.nodes.end() ? nullptr : &*found;
}

template <typename P>
P* find_port(const std::vector<P*>& ports, const std::string& name) {
  const auto found = std::ranges::find(ports, name, [](const P* port) { return port->name(); });
  return found == ports.end() ? nullptr : *found;
}

// What feeds `in` in the running graph.
const BuiltLink* link_into(const Plan& plan, const InPort& in) {
  const auto found = std::ranges::find(plan.graph.links, &in, &BuiltLink::in);
  return found == plan.graph.links.end() ? nullptr : &*found;
}

}  // namespace

std::string summary(const EditReport& report) {
  std::vector<std::string> parts = report.changed;
  const auto add = [&](const char* what, const std::vector<std::string>& nodes) {
    if (!nodes.empty()) parts.push_back(fmt::format("{}: {}", what, fmt::join(nodes, ", ")));
  };
  add("removed", report.removed);
  add("added", report.added);
  add("replaced", report.replaced);
  return fmt::format("{}", fmt::join(parts.rbegin(), parts.rend(), "; "));
}

GraphEdit::GraphEdit(RunningGraph& running, Plan next, SessionState& state, Executor& executor)
    : running_(running),
      state_(state),
      executor_(executor),
      diff_(diff_graphs(running.plan.graph, next.graph)),
      before_(running),
      wiring_(std::make_unique<Wiring>(std::move(next), before_, diff_, state, executor)) {
  report_.kept = diff_.kept;
  report_.replaced = diff_.replaced;
  report_.added = diff_.added;
  report_.removed = diff_.removed;
  for (const ParamChange& change : diff_.params)
    report_.changed.push_back(fmt::format("{}.{}: {} -> {}", wiring_->graph.plan.graph.nodes[change.node].spec.name,
                                          change.param, change.from, change.to));
  sort_out_leaving();
  // Also tasks without nodes: somebody may still wake them.
  for (const Wiring::Change& change : wiring_->changes) to_hold_.push_back(change.task.get());
  for (const auto& task : wiring_->idle) to_hold_.push_back(task.get());
  remains_ = std::make_unique<Remains>(before_, remains_nodes_, lost_borders_, state, executor);
}

GraphEdit::~GraphEdit() {
  if (swapped_) return;
  release_all();
  for (const auto& task : wiring_->graph.tasks)
    if (std::ranges::find(before_.tasks, task) == before_.tasks.end()) task->pool().retire(*task);
}

// Which nodes leave, and which of them feed something that stays: those are finished before the swap.
void GraphEdit::sort_out_leaving() {
  const Plan& old = before_.plan;
  leaves_.assign(old.graph.nodes.size(), true);
  for (const auto& from : diff_.kept_from)
    if (from) leaves_[*from] = false;
  feeds_on_.assign(leaves_.size(), false);
  for (auto n = old.graph.order.rbegin(); n != old.graph.order.rend(); ++n)
    for (const BuiltLink& link : old.graph.links)
      if (link.from == *n && leaves_[*n] && (!leaves_[link.to] || feeds_on_[link.to])) feeds_on_[*n] = true;
  remains_nodes_.resize(leaves_.size());
  for (std::size_t n = 0; n < leaves_.size(); ++n) remains_nodes_[n] = leaves_[n] && !feeds_on_[n];
  for (const auto& border : before_.borders)
    lost_borders_.push_back(std::ranges::find(wiring_->graph.borders, border) != wiring_->graph.borders.end());
}

Status GraphEdit::prepare() {
  const BuiltGraph& next = wiring_->graph.plan.graph;
  for (auto n = next.order.rbegin(); n != next.order.rend(); ++n) {
    if (diff_.kept_from[*n]) continue;
    if (Status status = make_way(next.nodes[*n]); !status) return status;
    prepared_.push_back(*n);
    const Status status = next.nodes[*n].node->prepare();
    if (!status) return Error{next.nodes[*n].spec.name, status.error().text()};
  }
  return {};
}

// What leaves goes on until the swap, and has what it alone can have until then, unless it hands it over.
Status GraphEdit::make_way(const BuiltNode& comes) {
  const std::string wanted = comes.node->exclusive();
  if (wanted.empty()) return {};
  for (std::size_t n = 0; n < leaves_.size(); ++n) {
    const BuiltNode& has = before_.plan.graph.nodes[n];
    if (has.node->exclusive() != wanted || std::ranges::find(released_, n) != released_.end()) continue;
    if (!leaves_[n] || !has.node->release())
      return Error{comes.spec.name,
                   fmt::format("needs {}, which the running '{}' has: name another one, or remove '{}' "
                               "with an edit of its own first",
                               wanted, has.spec.name, has.spec.name)};
    released_.push_back(n);
  }
  return {};
}

Error GraphEdit::take_back(const Error& cause) {
  Error error = cause;
  release_all();
  for (const std::size_t n : std::exchange(prepared_, {})) wiring_->graph.plan.graph.nodes[n].node->stop();
  for (const std::size_t n : std::exchange(released_, {})) {
    const BuiltNode& has = before_.plan.graph.nodes[n];
    if (const Status status = has.node->regain(); !status)
      error.message += fmt::format("; and the running '{}' could not take back {}: {}", has.spec.name,
                                   has.node->exclusive(), status.error().text());
  }
  return error;
}

Status GraphEdit::swap(Duration timeout, std::mutex& reading) {
  const Time begin = state_.clock->now(), deadline = begin + timeout;
  if (!hold_all(false, deadline)) return Error{"apply", "an island did not come to the end of a block in time"};
  const std::lock_guard lock(reading);  // before anything real-time waits for it
  const DenormalsOff denormals_off;
  const AsWorker as_worker(executor_.realtime_pool());
  if (!hold_all(true, deadline)) return Error{"apply", "a real-time island did not come to the end of a block in time"};
  if (state_.aborted) return Error{"apply", "the graph has ended meanwhile"};
  if (Status status = check_ends(); !status) return status;
  if (state_.nodes_running.fetch_add(prepared_.size()) == 0) return Error{"apply", "the graph has ended meanwhile"};
  finish_leaving();
  number_on();
  hand_over_blocks();
  put_in_place();
  commit();
  release_all();
  if (!to_hold_.empty()) report_.held = state_.clock->now() - begin;
  return {};
}

void GraphEdit::commit() {
  for (const ParamChange& change : diff_.params) {
    const auto& params = wiring_->graph.plan.graph.nodes[change.node].node->params();
    const auto param = std::ranges::find(params, change.param, [](const ParamBase* p) { return p->name(); });
    static_cast<void>((*param)->adjust(change.to));  // it was read from this very text once
  }
  for (std::size_t l = 0; l < before_.shed.size(); ++l)
    if (const auto b = before_.plan.border_of[l]; b && !lost_borders_[*b])
      *before_.shed[l] += before_.borders[*b]->shed();
  for (std::size_t n = 0; n < wiring_->graph.runtimes.size(); ++n)
    wiring_->graph.runtimes[n]->set_budget(wiring_->graph.plan);
  running_ = wiring_->graph;
  forget_pools();
  swapped_ = true;
}

// Of nodes that left with an earlier edit, once their last block has come home.
void GraphEdit::forget_pools() {
  before_.pools.clear();
  wiring_->graph.pools.clear();
  std::erase_if(running_.pools, [&](const std::shared_ptr<BlockPool>& pool) {
    const bool held = std::ranges::find(to_hold_, pool->taker(),
                                        [](const IslandTask* t) -> const void* { return t; }) != to_hold_.end();
    return held && pool.use_count() == 1 && pool->all_home();
  });
}

bool GraphEdit::hold_all(bool real_time, Time deadline) {
  for (IslandTask* task : to_hold_) {
    if (task->pool().serves_realtime() != real_time) continue;
    const Duration left = std::max(deadline - state_.clock->now(), Duration{});
    if (!task->pool().hold(*task, left)) return false;
    held_.push_back(task);
  }
  return true;
}

// The last to stand still are the first to go on. What came with the swap gets its first turn.
void GraphEdit::release_all() {
  for (; !held_.empty(); held_.pop_back()) held_.back()->pool().release(*held_.back());
  if (!swapped_) return;
  for (const Wiring::Change& change : wiring_->changes) change.task->wake();
  remains_->release();
}

// A node that has been told that its stream has ended cannot be given another.
Status GraphEdit::check_ends() const {
  const Plan& next = wiring_->graph.plan;
  for (const BuiltLink& link : next.graph.links) {
    const auto from = diff_.kept_from[link.from];
    const bool flows =
        !from || !before_.tasks[before_.plan.island_of[*from]]->has_ended(*next.graph.nodes[link.from].node);
    if (diff_.kept_from[link.to] && flows && PortWiring::ended(*link.in) &&
        link_into(before_.plan, *link.in)->out != link.out)
      return Error{next.graph.nodes[link.to].spec.name, "its stream has ended already: give the node another name"};
  }
  return {};
}

void GraphEdit::finish_leaving() {
  for (const std::size_t n : before_.plan.graph.order)
    if (feeds_on_[n] && !before_.tasks[before_.plan.island_of[n]]->has_ended(*before_.plan.graph.nodes[n].node))
      finish_leaving(n);
}

// Works off what waits at its inputs, and flushes into its old outputs.
void GraphEdit::finish_leaving(std::size_t n) {
  const Plan& old = before_.plan;
  Node& node = *old.graph.nodes[n].node;
  for (std::size_t l = 0; l < old.graph.links.size(); ++l) {
    const auto b = old.border_of[l];
    if (old.graph.links[l].to == n && b && !lost_borders_[*b]) before_.borders[*b]->empty_into(*old.graph.links[l].in);
  }
  for (bool progress = !node.self_driven(); progress && node.ready() && !node.failed();) {
    const std::uint64_t taken = blocks_taken(node);
    node.process();
    progress = blocks_taken(node) > taken;
  }
  node.flush();
  if (node.failed()) report_.unclean.push_back(old.graph.nodes[n].spec.name + ": " + std::string(node.failure()));
}

// A stream that goes on under another producer goes on with its numbers: nothing is missing.
void GraphEdit::number_on() {
  const Plan& next = wiring_->graph.plan;
  for (const BuiltLink& link : next.graph.links) {
    if (diff_.kept_from[link.from]) continue;
    const BuiltNode* before = find_node(before_.plan, next.graph.nodes[link.from].spec.name);
    const OutPort* out = before ? find_port(before->node->outs(), link.out->name()) : nullptr;
    if (const BuiltLink* fed = diff_.kept_from[link.to] && !out ? link_into(before_.plan, *link.in) : nullptr)
      out = fed->out;
    if (out) PortWiring::number_from(*link.out, out->emitted());
  }
  for (std::size_t l = 0; l < next.graph.links.size(); ++l) {
    const BuiltLink& link = next.graph.links[l];
    const auto from = diff_.link_from[l];
    const bool kept = diff_.kept_from[link.to].has_value();
    if (kept && link_into(before_.plan, *link.in)->out == link.out) continue;
    if (kept && from) continue;  // a replaced producer's numbers lead on from the old one's
    if (from)
      PortWiring::expect(*link.in, PortWiring::expected(*before_.plan.graph.links[*from].in));
    else if (link.in->waiting() == 0)
      PortWiring::expect(*link.in, link.out->emitted());
  }
}

// Blocks that wait on the way to a node that stays, or inside a pacer that is replaced.
void GraphEdit::hand_over_blocks() {
  const Plan &next = wiring_->graph.plan, &old = before_.plan;
  for (std::size_t l = 0; l < next.graph.links.size(); ++l) {
    const BuiltLink& link = next.graph.links[l];
    if (diff_.kept_from[link.to]) {
      const auto fed = std::ranges::find(old.graph.links, link.in, &BuiltLink::in);
      const auto b = old.border_of[static_cast<std::size_t>(fed - old.graph.links.begin())];
      if (b && !lost_borders_[*b]) before_.borders[*b]->empty_into(*link.in);
    } else if (diff_.link_from[l]) {
      const BuiltLink& before = old.graph.links[*diff_.link_from[l]];
      if (!feeds_on_[before.to] || before.in->format() != link.in->format()) continue;
      while (BlockRef block = before.in->next()) PortWiring::push(*link.in, std::move(block));
    }
  }
}

void GraphEdit::put_in_place() {
  Wiring& wiring = *wiring_;
  std::size_t left = 0;
  for (std::size_t n = 0; n < leaves_.size(); ++n)
    if (leaves_[n] && !before_.tasks[before_.plan.island_of[n]]->has_ended(*before_.plan.graph.nodes[n].node)) ++left;
  for (IslandTask* task : to_hold_) task->disconnect();
  remains_->begin();
  for (const auto& [out, pool] : wiring.moved_pools) PortWiring::set_pool(*out, pool);
  for (Wiring::Change& change : wiring.changes)
    for (const IslandTask* task : to_hold_) change.fresh->inherit(*task);
  for (const auto& task : wiring.idle) {
    IslandTask nothing(state_, task->pool());
    task->become(nothing);
    wiring.graph.spare_tasks.push_back(task);
  }
  for (Wiring::Change& change : wiring.changes) {
    change.task->become(*change.fresh);
    change.task->connect();
  }
  for (std::size_t n = 0; n < wiring.graph.runtimes.size(); ++n)
    wiring.graph.runtimes[n]->settle_in(state_, *wiring.graph.tasks[wiring.graph.plan.island_of[n]]);
  end_what_has_ended();
  if (left > 0 && state_.nodes_running.fetch_sub(left) == left) state_.drained();
}

// Behind a node whose stream has ended, a node that comes is told so at once.
void GraphEdit::end_what_has_ended() {
  const RunningGraph& graph = wiring_->graph;
  const Plan& next = graph.plan;
  for (std::size_t l = 0; l < next.graph.links.size(); ++l) {
    const BuiltLink& link = next.graph.links[l];
    if (diff_.kept_from[link.to] ||
        !graph.tasks[next.island_of[link.from]]->has_ended(*next.graph.nodes[link.from].node))
      continue;
    if (next.border_of[l])
      graph.borders[*next.border_of[l]]->end();
    else
      graph.tasks[next.island_of[link.to]]->end_input(*link.in);
  }
}

EditReport GraphEdit::finish(Duration timeout) {
  remains_->finish(timeout, state_.aborted, report_.unclean);
  for (const std::size_t n : before_.plan.graph.order) {
    if (!feeds_on_[n]) continue;
    before_.plan.graph.nodes[n].node->stop();
    for (InPort* in : before_.plan.graph.nodes[n].node->ins()) PortWiring::clear(*in);
  }
  return report_;
}

}  // namespace sluice
