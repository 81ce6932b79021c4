#include "engine/graph/latency.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "engine/graph/islands.h"

namespace sluice {
namespace {

constexpr std::size_t kMinCredits = 2;   // one block in work, one waiting: less would serialise the islands
constexpr std::size_t kMaxCredits = 8;   // more only adds latency
constexpr std::size_t kFreeCredits = 4;  // where no budget binds
constexpr std::size_t kMaxPaths = 4096;  // a lattice has exponentially many: beyond, only the worst to each sink

using Links = std::vector<std::size_t>;

// Calls `visit` with the links of every way from a source to a sink; false when there are more than kMaxPaths.
bool for_each_path(const Plan& plan, const std::function<void(std::size_t source, const Links&)>& visit) {
  std::vector<Links> leaving(plan.graph.nodes.size());
  for (std::size_t l = 0; l < plan.graph.links.size(); ++l) leaving[plan.graph.links[l].from].push_back(l);
  std::size_t visited = 0;
  Links path;
  const std::function<void(std::size_t, std::size_t)> walk = [&](std::size_t source, std::size_t n) {
    if (visited > kMaxPaths) return;
    if (leaving[n].empty()) {
      if (++visited <= kMaxPaths) visit(source, path);
      return;
    }
    for (const std::size_t l : leaving[n]) {
      path.push_back(l);
      walk(source, plan.graph.links[l].to);
      path.pop_back();
    }
  };
  for (const std::size_t n : plan.graph.order)
    if (plan.graph.nodes[n].node->ins().empty()) walk(n, n);
  return visited <= kMaxPaths;
}

// Index into `path` of the first link behind the last node that stamps capture times.
std::size_t stamped_from(const Plan& plan, const Links& path) {
  for (std::size_t k = path.size(); k > 0; --k)
    if (plan.graph.nodes[plan.graph.links[path[k - 1]].to].node->traits().stamps) return k;
  return 0;
}

std::size_t stamping_node(const Plan& plan, std::size_t source, const Links& path) {
  const std::size_t k = stamped_from(plan, path);
  return k == 0 ? source : plan.graph.links[path[k - 1]].to;
}

Duration border_delay(const Plan& plan, std::size_t link) {
  const auto border = plan.border_of[link];
  if (!border) return {};
  return plan.graph.links[link].out->spec().block_period() * static_cast<Duration::rep>(plan.borders[*border].credits);
}

// Run time of a node's island, as far as it is known.
Duration run_time(const Plan& plan, std::size_t n) {
  const auto& time = plan.islands[plan.island_of[n]].time;
  return time ? time->p99 : Duration{};
}

// Run times of all islands that a path leads through; none when one is unknown.
std::optional<Duration> compute_time(const Plan& plan, const PathLatency& path) {
  Duration sum{};
  for (std::size_t k = path.stamped_at; k < path.nodes.size(); ++k) {
    if (k > path.stamped_at && !plan.border_of[path.links[k - 1]]) continue;
    if (!plan.islands[plan.island_of[path.nodes[k]]].time) return {};
    sum += run_time(plan, path.nodes[k]);
  }
  return sum;
}

PathLatency measure(const Plan& plan, std::size_t source, const Links& path) {
  const auto& nodes = plan.graph.nodes;
  PathLatency result;
  result.source = nodes[source].spec.name;
  result.nodes = {source};
  result.budget = plan.graph.spec.budget;
  result.links = path;
  for (const std::size_t l : path) result.nodes.push_back(plan.graph.links[l].to);
  result.sink = nodes[result.nodes.back()].spec.name;
  const Node& first = *nodes[stamping_node(plan, source, path)].node;
  result.algorithmic = first.delay();
  result.queueing = waiting_inside(first);
  result.stamped_at = stamped_from(plan, path);
  for (std::size_t k = result.stamped_at; k < path.size(); ++k) {
    const Node& node = *nodes[plan.graph.links[path[k]].to].node;
    result.algorithmic += node.delay();
    result.queueing += waiting_inside(node) + border_delay(plan, path[k]);
  }
  result.compute = compute_time(plan, result);
  return result;
}

// The slowest way to `sink`, found without walking the others: the slowest way to a node leads over the slowest to one
// before it. Requires assigned credits.
PathLatency slowest_path(const Plan& plan, std::size_t sink) {
  const auto& nodes = plan.graph.nodes;
  std::vector<Duration> latest(nodes.size(), Duration::min());
  std::vector<std::optional<std::size_t>> through(nodes.size());
  for (const std::size_t n : plan.graph.order) {
    const Node& node = *nodes[n].node;
    const bool begins = node.ins().empty() || node.traits().stamps;
    Duration arrival = node.ins().empty() ? Duration{} : Duration::min();
    for (std::size_t l = 0; l < plan.graph.links.size(); ++l) {
      const BuiltLink& link = plan.graph.links[l];
      if (link.to != n) continue;
      const Duration after =
          latest[link.from] + border_delay(plan, l) + (plan.border_of[l] ? run_time(plan, n) : Duration{});
      if (through[n] && after <= arrival) continue;
      arrival = after;
      through[n] = l;
    }
    latest[n] = (begins ? run_time(plan, n) : arrival) + node.delay() + waiting_inside(node);
  }
  Links path;
  std::size_t source = sink;
  for (; through[source]; source = plan.graph.links[path.front()].from) path.insert(path.begin(), *through[source]);
  return measure(plan, source, path);
}

// The border of a link, if the budget may give it more or less credit: the one block of `latest` is no choice.
std::optional<std::size_t> adjustable(const Plan& plan, std::size_t link) {
  const auto border = plan.border_of[link];
  return border && plan.borders[*border].on_overrun != Overload::latest ? border : std::nullopt;
}

// What the budget leaves for one block of waiting at each of the path's borders, in whole blocks.
void share_budget(const Plan& plan, std::size_t source, const Links& path, std::vector<std::size_t>& credits) {
  Duration period{};
  const std::size_t first = stamped_from(plan, path);
  for (std::size_t k = first; k < path.size(); ++k)
    if (adjustable(plan, path[k])) period += plan.graph.links[path[k]].out->spec().block_period();
  if (period <= Duration{}) return;
  const PathLatency bare = measure(plan, source, path);  // no credits yet: queueing is the nodes' own, and of `latest`
  const Duration left = *plan.graph.spec.budget - bare.total();
  const auto blocks = static_cast<std::size_t>(std::clamp<Duration::rep>(left / period, kMinCredits, kMaxCredits));
  for (std::size_t k = first; k < path.size(); ++k)
    if (const auto border = adjustable(plan, path[k])) credits[*border] = std::min(credits[*border], blocks);
}

// What the budget leaves on the tightest way that counts the delay of node `n`, when every border has `credits`; none:
// no way does. Requires that no credits are assigned yet.
std::optional<Duration> spare_through(const Plan& plan, std::size_t n, Duration::rep credits) {
  std::optional<Duration> spare;
  const bool all = for_each_path(plan, [&](std::size_t source, const Links& path) {
    const PathLatency bare = measure(plan, source, path);
    const auto counted = bare.nodes.begin() + static_cast<std::ptrdiff_t>(bare.stamped_at);
    if (std::find(counted, bare.nodes.end(), n) == bare.nodes.end()) return;
    Duration left = *plan.graph.spec.budget - bare.total();
    for (std::size_t k = bare.stamped_at; k < path.size(); ++k)
      if (plan.border_of[path[k]])
        left -= plan.graph.links[path[k]].out->spec().block_period() * (adjustable(plan, path[k]) ? credits : 1);
    spare = std::min(spare.value_or(left), left);
  });
  return all ? spare : std::optional(Duration::min());
}

// Steps of `step` that cover what is lacking, or that fit into what is left.
Duration::rep whole_steps(Duration left, Duration step) {
  const Duration::rep steps = left / step;
  return left < Duration{} && steps * step != left ? steps - 1 : steps;
}

// Where a border leads to a clock that a bridge follows, what the bridge holds back waits there.
void make_room_behind_bridges(Plan& plan) {
  std::vector<Duration> held(plan.graph.nodes.size());  // on the way through each node
  for (const std::size_t n : plan.graph.order) {
    const Node& node = *plan.graph.nodes[n].node;
    held[n] = std::max(held[n], node.queueing() - waiting_inside(node));
    for (std::size_t l = 0; l < plan.graph.links.size(); ++l) {
      const BuiltLink& link = plan.graph.links[l];
      if (link.from != n || held[n] == Duration{}) continue;
      if (!plan.graph.nodes[link.to].node->self_driven()) {
        held[link.to] = std::max(held[link.to], held[n]);
      } else if (const Duration period = link.out->spec().block_period(); period > Duration{} && adjustable(plan, l)) {
        std::size_t& credits = plan.borders[*plan.border_of[l]].credits;
        credits = std::max(credits, static_cast<std::size_t>((held[n] + period - Duration{1}) / period) + kMinCredits);
      }
    }
  }
}

}  // namespace

Duration waiting_inside(const Node& node) {
  return node.traits().bridges_clocks ? Duration{} : node.queueing();
}

void choose_delays(Plan& plan) {
  if (!plan.graph.spec.budget) return;
  for (const std::size_t n : plan.graph.order) {
    Node& node = *plan.graph.nodes[n].node;
    if (!node.elastic()) continue;
    const Duration step = node.elastic()->step;
    const auto plenty = spare_through(plan, n, kFreeCredits);
    if (plenty && *plenty >= step) {
      node.stretch(whole_steps(*plenty, step));
    } else if (const auto spare = spare_through(plan, n, kMinCredits); spare && *spare < Duration{}) {
      node.stretch(whole_steps(*spare, step));
    }
  }
}

void assign_credits(Plan& plan) {
  std::vector<std::size_t> credits(plan.borders.size(), plan.graph.spec.budget ? kMaxCredits : kFreeCredits);
  for (Border& border : plan.borders) border.credits = border.on_overrun == Overload::latest ? 1 : 0;
  const auto share = [&](std::size_t source, const Links& path) { share_budget(plan, source, path, credits); };
  if (plan.graph.spec.budget && !for_each_path(plan, share)) std::ranges::fill(credits, kMinCredits);
  for (std::size_t b = 0; b < credits.size(); ++b)
    if (adjustable(plan, plan.borders[b].link)) plan.borders[b].credits = credits[b];
  make_room_behind_bridges(plan);
}

void assign_deadlines(Plan& plan) {
  plan.max_age.resize(plan.graph.links.size());
  if (!plan.live || !plan.graph.spec.budget) return;
  std::vector<Duration> ahead(plan.graph.nodes.size());  // largest sum of delays from a node's input to a sink
  const std::vector<std::size_t>& order = plan.graph.order;
  for (auto n = order.rbegin(); n != order.rend(); ++n) {
    for (const BuiltLink& link : plan.graph.links)
      if (link.from == *n) ahead[*n] = std::max(ahead[*n], ahead[link.to]);
    const Node& node = *plan.graph.nodes[*n].node;
    ahead[*n] += node.delay() + (node.queueing() - waiting_inside(node));
  }
  for (std::size_t l = 0; l < plan.graph.links.size(); ++l) {
    const BuiltLink& link = plan.graph.links[l];
    if (overrun_policy(plan, link) == Overload::shed) plan.max_age[l] = *plan.graph.spec.budget - ahead[link.to];
  }
}

void analyse_latency(Plan& plan) {
  const auto list = [&](std::size_t source, const Links& path) { plan.paths.push_back(measure(plan, source, path)); };
  if (!for_each_path(plan, list)) {
    plan.paths.clear();
    for (std::size_t n = 0; n < plan.graph.nodes.size(); ++n)
      if (plan.graph.nodes[n].node->outs().empty()) plan.paths.push_back(slowest_path(plan, n));
  }
}

}  // namespace sluice
