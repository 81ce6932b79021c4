#include "engine/graph/islands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "engine/core/cpus.h"

namespace sluice {
namespace {

const Node& node_of(const Plan& plan, std::size_t n) {
  return *plan.graph.nodes[n].node;
}

bool is_live(const Plan& plan) {
  return std::ranges::any_of(plan.graph.nodes,
                             [](const BuiltNode& n) { return n.node->traits().clock != ClockDomain::none; });
}

const NodeSpec& spec_of(const Plan& plan, std::size_t n) {
  return plan.graph.nodes[n].spec;
}

bool in_background(const Plan& plan, std::size_t n) {
  return spec_of(plan, n).placement.priority == Priority::background;
}

bool runs_realtime(const Plan& plan, std::size_t n) {
  return node_of(plan, n).traits().realtime && !in_background(plan, n);
}

// The graph's answer to overload, where a link has none of its own.
Overload graph_policy(const Plan& plan) {
  const GraphSpec& spec = plan.graph.spec;
  return spec.on_overrun.value_or(spec.budget ? Overload::shed : Overload::wait);
}

// A link whose own answer lets its producer go on, or is not the graph's: it sets its branch apart, so that a slow one
// stalls no other unless the file says so.
bool has_own_policy(const Plan& plan, const BuiltLink& link) {
  return plan.live && link.spec.on_overrun &&
         (*link.spec.on_overrun != Overload::wait || graph_policy(plan) != Overload::wait);
}

std::string pinned(const Plan& plan, std::size_t n) {
  return fmt::format("'{}' is pinned to CPU {}", spec_of(plan, n).name, *spec_of(plan, n).placement.pin);
}

// Of the two ends of a link, the one that sets itself apart from the other by not being real-time.
std::string why_apart(const Plan& plan, std::size_t from, std::size_t to) {
  const std::size_t n = runs_realtime(plan, from) ? to : from;
  return fmt::format("'{}' {}", spec_of(plan, n).name, in_background(plan, n) ? "runs in the background" : "may block");
}

// Why a link must be a ring; empty when it may be a function call.
std::string border_reason(const Plan& plan, const BuiltLink& link) {
  const Node& to = node_of(plan, link.to);
  if (to.self_driven()) return to.traits().clock == ClockDomain::device ? "device clock" : "clock domain";
  const Placement &before = spec_of(plan, link.from).placement, &placement = spec_of(plan, link.to).placement;
  if (link.spec.cut || placement.cut) return "cut in the file";
  if (has_own_policy(plan, link)) return fmt::format("on_overrun: {}", to_string(*link.spec.on_overrun));
  if (before.pin != placement.pin) return pinned(plan, placement.pin ? link.to : link.from);
  if (!plan.live) return "";
  const bool apart = runs_realtime(plan, link.from) != runs_realtime(plan, link.to);
  if (in_background(plan, link.from) == in_background(plan, link.to) && placement.fuse) return "";
  return apart ? why_apart(plan, link.from, link.to) : "";
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
      plan.islands.push_back(
          {.name = spec_of(plan, n).name, .nodes = {}, .pin = spec_of(plan, n).placement.pin, .why = ""});
    Island& island = plan.islands[entry->second];
    island.nodes.push_back(n);
    island.realtime = island.realtime && runs_realtime(plan, n);
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

// What a file asks of its nodes' workers that cannot be had.
void check_placements(Plan& plan) {
  const std::vector<int> cpus = allowed_cpus();
  for (const BuiltNode& built : plan.graph.nodes) {
    const Placement& placement = built.spec.placement;
    if (placement.priority == Priority::realtime && !built.node->traits().realtime)
      plan.diagnostics().push_back(
          {built.spec.mark, fmt::format("'{}' ({}) cannot have the priority 'realtime': it may block, and would hold "
                                        "up every real-time node",
                                        built.spec.name, built.spec.type)});
    if (placement.pin && std::ranges::find(cpus, *placement.pin) == cpus.end())
      plan.diagnostics().push_back(
          {built.spec.mark, fmt::format("'{}' cannot be pinned to CPU {}: this process may run on {}", built.spec.name,
                                        *placement.pin, fmt::join(cpus, ", "))});
  }
}

// A live branch that waits by its own choice can hold up what is beside it.
void warn_of_waits(Plan& plan) {
  if (!plan.live || graph_policy(plan) == Overload::wait) return;
  for (const Border& border : plan.borders) {
    const BuiltLink& link = plan.graph.links[border.link];
    if (link.spec.on_overrun != Overload::wait) continue;
    plan.diagnostics().push_back(
        {link.spec.to.mark,
         fmt::format("when '{1}' cannot keep up, '{0}' waits for it, and with '{0}' every other branch that it feeds: "
                     "'on_overrun: shed' would let them go on",
                     spec_of(plan, link.from).name, spec_of(plan, link.to).name),
         true});
  }
}

}  // namespace

Overload overrun_policy(const Plan& plan, const BuiltLink& link) {
  if (!plan.live) return Overload::wait;  // nothing is late where no clock is followed, and nothing may depend on speed
  if (link.spec.on_overrun) return *link.spec.on_overrun;
  // Ahead of a pacer the stream is not late yet, whatever the graph's policy is.
  const Node& to = node_of(plan, link.to);
  if (to.self_driven() && to.traits().stamps) return Overload::wait;
  return graph_policy(plan);
}

void cut_into_islands(Plan& plan) {
  plan.live = is_live(plan);
  NodeSets sets(plan.graph.nodes.size());
  make_borders(plan, sets);
  make_islands(plan, sets);
  explain(plan);
  check_placements(plan);
  warn_of_waits(plan);
}

}  // namespace sluice
