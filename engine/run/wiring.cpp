#include "engine/run/wiring.h"

#include <algorithm>

namespace sluice {
namespace {
constexpr std::size_t kSpareBlocks = 4;  // per output, beyond what may be outside the island

// The port of `to` that stands where `port` stands among `from`.
template <typename P>
P* same_place(const std::vector<P*>& from, const std::vector<P*>& to, const P* port) {
  return to[static_cast<std::size_t>(std::ranges::find(from, port) - from.begin())];
}

// A block is looked at where it enters an island, before work is spent on it, and once more before a sink.
std::optional<Duration> age_looked_at(const Plan& plan, std::size_t l) {
  const BuiltLink& link = plan.graph.links[l];
  const bool looks = plan.graph.nodes[link.from].node->self_driven() || plan.graph.nodes[link.to].node->outs().empty();
  return looks ? plan.max_age[l] : std::nullopt;
}

}  // namespace

std::size_t blocks_in_pool(std::size_t ports, const Plan& plan) {
  std::size_t in_flight = 0;
  for (const Border& border : plan.borders) in_flight += 2 * border.credits;
  return kSpareBlocks * ports + in_flight;
}

WorkerPool& workers_of(const Plan& plan, const Island& island, Executor& executor) {
  const bool realtime = plan.live && island.realtime;
  if (island.pin) return executor.pinned_pool(*island.pin, realtime);
  return realtime ? executor.realtime_pool() : executor.elastic_pool();
}

Wiring::Wiring(Plan next, const RunningGraph& before, const GraphDiff& diff, SessionState& state, Executor& executor)
    : before_(before), diff_(diff), state_(state), executor_(executor) {
  graph.plan = std::move(next);
  graph.pools = before.pools;
  adopt_nodes();
  choose_tasks();
  make_runtimes();
  make_borders();
  make_islands();
}

void Wiring::adopt_nodes() {
  BuiltGraph& next = graph.plan.graph;
  for (std::size_t n = 0; n < next.nodes.size(); ++n) {
    if (!diff_.kept_from[n]) continue;
    const std::shared_ptr<Node> fresh = next.nodes[n].node;
    const std::shared_ptr<Node> kept = before_.plan.graph.nodes[*diff_.kept_from[n]].node;
    for (BuiltLink& link : next.links) {
      if (link.from == n) link.out = same_place(fresh->outs(), kept->outs(), link.out);
      if (link.to == n) link.in = same_place(fresh->ins(), kept->ins(), link.in);
    }
    next.nodes[n].node = kept;
  }
}

// An island has the task of the running island that most of its nodes come from; others get one that is idle, or new.
void Wiring::choose_tasks() {
  const Plan& next = graph.plan;
  std::vector<bool> used(before_.tasks.size());
  graph.spare_tasks = before_.spare_tasks;
  for (const Island& island : next.islands) {
    WorkerPool& workers = workers_of(next, island, executor_);
    std::vector<std::size_t> votes(before_.tasks.size());
    for (const std::size_t n : island.nodes)
      if (diff_.kept_from[n]) ++votes[before_.plan.island_of[*diff_.kept_from[n]]];
    std::optional<std::size_t> best;
    for (std::size_t o = 0; o < votes.size(); ++o)
      if (votes[o] > (best ? votes[*best] : 0) && !used[o] && &before_.tasks[o]->pool() == &workers) best = o;
    island_from_.push_back(best);
    if (best) {
      used[*best] = true;
      graph.tasks.push_back(before_.tasks[*best]);
      continue;
    }
    const auto spare = std::ranges::find(graph.spare_tasks, &workers, [](const auto& task) { return &task->pool(); });
    if (spare != graph.spare_tasks.end()) {
      graph.tasks.push_back(*spare);
      graph.spare_tasks.erase(spare);
    } else {
      graph.tasks.push_back(std::make_shared<IslandTask>(state_, workers));
    }
  }
  for (std::size_t o = 0; o < used.size(); ++o)
    if (!used[o]) idle.push_back(before_.tasks[o]);
}

void Wiring::make_runtimes() {
  const Plan& next = graph.plan;
  for (std::size_t n = 0; n < next.graph.nodes.size(); ++n)
    graph.runtimes.push_back(diff_.kept_from[n] ? before_.runtimes[*diff_.kept_from[n]]
                                                : std::make_shared<NodeRuntime>(*next.graph.nodes[n].node, state_,
                                                                                *graph.tasks[next.island_of[n]]));
  for (std::size_t n = 0; n < graph.runtimes.size(); ++n)
    if (!diff_.kept_from[n]) graph.runtimes[n]->set_budget(next);
}

// A border stays with the blocks that wait there when it does the same between the same tasks, whatever becomes of the
// nodes: what a replaced node has not taken is for the one that comes.
bool Wiring::keeps_border(std::size_t l) const {
  const Plan &next = graph.plan, &old = before_.plan;
  const auto from = diff_.link_from[l];
  if (!from || !old.border_of[*from] || !next.border_of[l]) return false;
  const Border &a = old.borders[*old.border_of[*from]], &b = next.borders[*next.border_of[l]];
  const BuiltLink &x = old.graph.links[*from], &y = next.graph.links[l];
  return a.on_overrun == b.on_overrun && a.credits == b.credits && old.max_age[*from] == next.max_age[l] &&
         x.out->format() == y.out->format() &&
         before_.tasks[old.island_of[x.from]] == graph.tasks[next.island_of[y.from]] &&
         before_.tasks[old.island_of[x.to]] == graph.tasks[next.island_of[y.to]];
}

void Wiring::make_borders() {
  const Plan& next = graph.plan;
  for (std::size_t l = 0; l < next.graph.links.size(); ++l) {
    const auto from = diff_.link_from[l];
    graph.shed.push_back(from ? before_.shed[*from] : std::make_shared<std::atomic<std::uint64_t>>(0));
  }
  for (const Border& border : next.borders) {
    if (keeps_border(border.link)) {
      graph.borders.push_back(before_.borders[*before_.plan.border_of[*diff_.link_from[border.link]]]);
      continue;
    }
    const BuiltLink& link = next.graph.links[border.link];
    IslandTask *from = graph.tasks[next.island_of[link.from]].get(), *to = graph.tasks[next.island_of[link.to]].get();
    graph.borders.push_back(std::make_shared<BorderLink>(border, *state_.clock, next.max_age[border.link]));
    graph.borders.back()->connect([to] { to->wake(); }, [from] { from->wake(); },
                                  [this_state = &state_, name = next.graph.nodes[link.to].spec.name] {
                                    this_state->overrun(
                                        name, "it cannot keep up: its border is full and the policy is 'fail'");
                                  });
  }
}

// Same nodes in the same order, and the same links within and across.
bool Wiring::is_unchanged(std::size_t i) const {
  if (!island_from_[i]) return false;
  const Plan &next = graph.plan, &old = before_.plan;
  const auto& nodes = next.islands[i].nodes;
  const bool same_nodes = std::ranges::equal(nodes, old.islands[*island_from_[i]].nodes,
                                             [&](std::size_t n, std::size_t o) { return diff_.kept_from[n] == o; });
  if (!same_nodes) return false;
  const auto touches = [](const Plan& plan, std::size_t l, std::size_t island) {
    const BuiltLink& link = plan.graph.links[l];
    return plan.island_of[link.from] == island || plan.island_of[link.to] == island;
  };
  std::size_t links = 0;
  for (std::size_t l = 0; l < next.graph.links.size(); ++l) {
    if (!touches(next, l, i)) continue;
    ++links;
    const auto from = diff_.link_from[l];
    if (!from) return false;
    if (next.border_of[l] ? !keeps_border(l)
                          : old.border_of[*from].has_value() || age_looked_at(next, l) != age_looked_at(old, *from))
      return false;
  }
  for (std::size_t l = 0; l < old.graph.links.size(); ++l)
    if (touches(old, l, *island_from_[i])) --links;
  return links == 0;
}

void Wiring::make_islands() {
  const Plan& next = graph.plan;
  std::vector<IslandTask*> islands(next.islands.size());  // null: it stays as it is
  for (std::size_t i = 0; i < next.islands.size(); ++i) {
    if (is_unchanged(i)) continue;
    IslandTask& task = *graph.tasks[i];
    std::vector<IslandTask::Part> parts;
    for (const std::size_t n : next.islands[i].nodes)
      parts.push_back({next.graph.nodes[n].node.get(), next.graph.nodes[n].spec.name, graph.runtimes[n].get()});
    changes.push_back({graph.tasks[i], std::make_unique<IslandTask>(state_, task.pool(), parts)});
    islands[i] = changes.back().fresh.get();
  }
  make_links(islands);
  for (const Change& change : changes) change.fresh->finish_wiring();
  for (std::size_t i = 0; i < islands.size(); ++i)
    if (islands[i]) make_pools(*graph.tasks[i], next.islands[i]);
}

void Wiring::make_links(std::vector<IslandTask*>& islands) {
  const Plan& next = graph.plan;
  for (std::size_t l = 0; l < next.graph.links.size(); ++l) {
    const BuiltLink& link = next.graph.links[l];
    IslandTask *from = islands[next.island_of[link.from]], *to = islands[next.island_of[link.to]];
    if (!next.border_of[l]) {
      if (from) from->add_fused_link(*link.out, *link.in, age_looked_at(next, l), *graph.shed[l]);
      continue;
    }
    BorderLink& border = *graph.borders[*next.border_of[l]];
    if (from) from->add_exit(border, *link.out);
    if (to) to->add_entry(border, *link.in);
  }
}

// One pool for all outputs of an island that emit blocks of one shape; kept nodes keep theirs, unless they move.
void Wiring::make_pools(const IslandTask& task, const Island& island) {
  struct Share {
    BlockShape shape;
    std::vector<std::pair<OutPort*, bool>> ports;  // and whether it moves
  };
  std::vector<Share> shares;
  for (const std::size_t n : island.nodes) {
    const auto from = diff_.kept_from[n];
    const bool moves = from && before_.tasks[before_.plan.island_of[*from]].get() != &task;
    if (from && !moves) continue;
    for (OutPort* out : graph.plan.graph.nodes[n].node->outs()) {
      const BlockShape shape = PortWiring::shape(*out);
      auto share = std::ranges::find(shares, shape, &Share::shape);
      if (share == shares.end()) share = shares.insert(shares.end(), {shape, {}});
      share->ports.emplace_back(out, moves);
    }
  }
  for (const Share& share : shares) {
    graph.pools.push_back(
        std::make_shared<BlockPool>(share.shape, blocks_in_pool(share.ports.size(), graph.plan), &task));
    for (const auto& [out, moves] : share.ports) {
      if (moves)
        moved_pools.emplace_back(out, graph.pools.back());
      else
        PortWiring::set_pool(*out, graph.pools.back());
    }
  }
}

}  // namespace sluice
