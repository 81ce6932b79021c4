#include "engine/graph/islands.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace sluice {
namespace {

const Node& node_of(const Plan& plan, std::size_t n) {
  return *plan.graph.nodes[n].node;
}

bool is_live(const Plan& plan) {
  return std::ranges::any_of(plan.graph.nodes,
                             [](const BuiltNode& n) { return n.node->traits().clock != ClockDomain::none; });
}

// Why a link must be a ring; empty when it may be a function call.
std::string border_reason(const Plan& plan, const BuiltLink& link) {
  const Node& from = node_of(plan, link.from);
  const Node& to = node_of(plan, link.to);
  if (to.self_driven()) return to.traits().clock == ClockDomain::device ? "device clock" : "clock domain";
  const Placement& placement = plan.graph.nodes[link.to].spec.placement;
  if (link.spec.cut || placement.cut) return "cut in the file";
  if (placement.fuse || !plan.live) return "";
  if (!from.traits().realtime && to.traits().realtime)
    return "'" + plan.graph.nodes[link.from].spec.name + "' may block";
  if (from.traits().realtime && !to.traits().realtime) return "'" + plan.graph.nodes[link.to].spec.name + "' may block";
  return "";
}

// Disjoint sets of nodes joined by fused links.
class NodeSets {
 public:
  explicit NodeSets(std::size_t count) : parent_(count) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }
  std::size_t root(std::size_t n) {
    while (parent_[n] != n) n = parent_[n] = parent_[parent_[n]];
    return n;
  }
  void join(std::size_t a, std::size_t b) { parent_[root(a)] = root(b); }

 private:
  std::vector<std::size_t> parent_;
};

void make_borders(Plan& plan, NodeSets& sets) {
  for (std::size_t l = 0; l < plan.graph.links.size(); ++l) {
    const BuiltLink& link = plan.graph.links[l];
    std::string why = border_reason(plan, link);
    if (why.empty()) {
      sets.join(link.from, link.to);
      plan.border_of.emplace_back(std::nullopt);
      continue;
    }
    plan.border_of.emplace_back(plan.borders.size());
    plan.borders.push_back({.link = l, .on_overrun = overrun_policy(plan, link), .credits = 0, .why = std::move(why)});
  }
}

void make_islands(Plan& plan, NodeSets& sets) {
  std::map<std::size_t, std::size_t> island_of_root;
  plan.island_of.resize(plan.graph.nodes.size());
  for (const std::size_t n : plan.graph.order) {
    const auto [entry, fresh] = island_of_root.try_emplace(sets.root(n), plan.islands.size());
    if (fresh)
      plan.islands.push_back({.name = plan.graph.nodes[n].spec.name, .nodes = {}, .realtime = true, .why = ""});
    Island& island = plan.islands[entry->second];
    island.nodes.push_back(n);
    island.realtime = island.realtime && node_of(plan, n).traits().realtime;
    plan.island_of[n] = entry->second;
  }
}

void explain(Plan& plan) {
  for (const Border& border : plan.borders) {
    std::string& why = plan.islands[plan.island_of[plan.graph.links[border.link].to]].why;
    if (why.find(border.why) == std::string::npos) why += (why.empty() ? "after a border: " : ", ") + border.why;
  }
  for (Island& island : plan.islands)
    if (island.why.empty()) island.why = plan.islands.size() == 1 ? "no border needed" : "source side";
}

}  // namespace

Overload overrun_policy(const Plan& plan, const BuiltLink& link) {
  const GraphSpec& spec = plan.graph.spec;
  if (link.spec.on_overrun) return *link.spec.on_overrun;
  // Ahead of a pacer the stream is not late yet, whatever the graph's policy is.
  const Node& to = node_of(plan, link.to);
  if (to.self_driven() && to.traits().stamps) return Overload::wait;
  if (spec.on_overrun) return *spec.on_overrun;
  return plan.live && spec.budget ? Overload::shed : Overload::wait;
}

void cut_into_islands(Plan& plan) {
  plan.live = is_live(plan);
  NodeSets sets(plan.graph.nodes.size());
  make_borders(plan, sets);
  make_islands(plan, sets);
  explain(plan);
}

}  // namespace sluice
