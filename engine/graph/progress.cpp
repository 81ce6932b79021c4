#include "engine/graph/progress.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace sluice {
namespace {

constexpr std::size_t kMostCredits = 64;       // of one border: beyond, it would be a store, not a buffer
constexpr std::size_t kMostWork = 50'000'000;  // steps of the proof: about a second

using Time_ns = Duration::rep;  // of the stream
constexpr Time_ns kNever = std::numeric_limits<Time_ns>::max();
constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();

// A way in which the graph could come to stand still: joins that each wait for one input while another one is full, and
// so keeps the blocks away that the next of them waits for.
struct Standstill {
  std::vector<std::size_t> full;     // links whose room is used up: inputs of the joins, and borders before them
  std::vector<std::size_t> holding;  // nodes that have taken blocks and not given any on yet
  Time_ns room = 0, need = 0;        // all that `full` can take; all that `holding` can keep back
  Time_ns delays = 0;                // the part of `need` that longer blocks would not make longer
};

class WaitAnalysis {
 public:
  explicit WaitAnalysis(const Plan& plan);

  enum class Outcome { proven, standstill, gave_up };
  Outcome run();
  const Standstill& standstill() const { return standstill_; }

 private:
  // What can be held back because a link that leaves the node `from` is full. All per node.
  struct HeldBack {
    std::vector<Time_ns> room;          // least room on the way to `from`; kNever: it is not held back
    std::vector<std::size_t> room_by;   // the link that this way begins with
    std::vector<Time_ns> least;         // least `room` of the node and of all that lead to it
    std::vector<std::size_t> least_by;  // the node with that room
  };
  // A join whose first link is full waits for what the fullness of the second keeps away.
  struct Step {
    Time_ns slack = kNever;    // room less what can be kept back: never under 0 when both come true
    std::size_t node = kNone;  // the node that is held back
  };

  const Node& node(std::size_t n) const { return *plan_.graph.nodes[n].node; }
  Time_ns period(std::size_t l) const { return links_[l].out->spec().block_period().count(); }
  const Border* border(std::size_t l) const {
    return plan_.border_of[l] ? &plan_.borders[*plan_.border_of[l]] : nullptr;
  }
  // A stream that has no rate (text) is sparse: nothing waits for room on it. Nor where blocks are dropped.
  bool holds_back(std::size_t l) const {
    return period(l) > 0 && (!border(l) || border(l)->on_overrun == Overload::wait);
  }
  // Room is counted in blocks, which may be shorter than declared.
  Time_ns shortest(std::size_t l) const {
    const std::int64_t declared = links_[l].out->spec().block_frames;
    return declared > 0 ? period(l) * shortest_[links_[l].from] / declared : period(l);
  }
  Time_ns room_on(std::size_t l) const {
    return border(l) ? shortest(l) * static_cast<Time_ns>(border(l)->credits) : 0;
  }
  Time_ns room_at_join(std::size_t l) const {
    const std::size_t blocks = node(links_[l].to).self_driven() ? kBlocksAtPull : kBlocksAtJoin;
    return room_on(l) + shortest(l) * static_cast<Time_ns>(blocks);
  }
  // What the outputs of a held-back node may differ by.
  Time_ns spread(std::size_t n) const { return node(n).outs().size() > 1 ? hold_[n] : 0; }

  Time_ns hold(std::size_t n) const;
  std::int64_t shortest_block(std::size_t n) const;
  bool obvious() const;
  std::vector<bool> leading_to(std::size_t n) const;
  HeldBack held_back_by(std::size_t from) const;
  Step step(std::size_t first, std::size_t second, const HeldBack& held);
  void go_up(std::size_t n, std::size_t first, std::size_t second);
  bool shorten(std::vector<Time_ns>& distance, std::vector<std::size_t>& cause);
  bool find_circle(const std::vector<std::size_t>& cause);
  void describe(const std::vector<std::size_t>& circle);

  const Plan& plan_;
  const std::vector<BuiltLink>& links_;
  std::vector<std::vector<std::size_t>> into_, out_of_;  // links per node
  std::vector<std::size_t> rank_;                        // place of each node in topological order
  std::vector<Time_ns> hold_;                            // per node
  std::vector<std::int64_t> shortest_;                   // per node: the shortest block it gives on, in frames
  std::vector<std::size_t> joins_;                       // links that can be full while their node waits for another
  std::vector<std::vector<bool>> above_;                 // per join: the nodes that lead to its link, by number
  std::vector<std::vector<Step>> steps_;                 // [first][second] of joins_
  // of step(): the nodes that a join waits for, farthest downstream first
  std::set<std::pair<std::size_t, std::size_t>, std::greater<>> waiting_;  // (rank, node)
  std::vector<Time_ns> lag_;                                               // per node: from its output to the join
  std::vector<std::size_t> lag_by_;                                        // per node: the link of that way
  std::size_t work_ = 0;
  Standstill standstill_;
};

WaitAnalysis::WaitAnalysis(const Plan& plan)
    : plan_(plan),
      links_(plan.graph.links),
      into_(plan.graph.nodes.size()),
      out_of_(plan.graph.nodes.size()),
      rank_(plan.graph.nodes.size()),
      hold_(plan.graph.nodes.size()),
      shortest_(plan.graph.nodes.size()),
      lag_(plan.graph.nodes.size()),
      lag_by_(plan.graph.nodes.size(), kNone) {
  for (std::size_t l = 0; l < links_.size(); ++l) {
    into_[links_[l].to].push_back(l);
    out_of_[links_[l].from].push_back(l);
  }
  for (std::size_t k = 0; k < rank_.size(); ++k) rank_[plan.graph.order[k]] = k;
  for (std::size_t n = 0; n < hold_.size(); ++n) hold_[n] = hold(n);
  for (const std::size_t n : plan.graph.order) shortest_[n] = shortest_block(n);
  for (std::size_t l = 0; l < links_.size(); ++l)
    if (into_[links_[l].to].size() > 1 && holds_back(l)) joins_.push_back(l);
}

// The most of a stream that a node has taken and not given on: its delay, and a block that is not full yet.
Time_ns WaitAnalysis::hold(std::size_t n) const {
  Time_ns longest_out = 0, shortest_in = kNever;
  for (const OutPort* out : node(n).outs()) longest_out = std::max(longest_out, out->spec().block_period().count());
  for (const InPort* in : node(n).ins()) shortest_in = std::min(shortest_in, in->spec().block_period().count());
  const Time_ns delay = node(n).delay().count();
  return delay > 0 || longest_out > shortest_in ? delay + longest_out : 0;
}

// A join gives on what all its inputs have: where their blocks are of different lengths, pieces between the borders of
// both, down to the greatest common divisor. Other nodes keep the lengths of their input or have one of their own.
std::int64_t WaitAnalysis::shortest_block(std::size_t n) const {
  if (node(n).outs().empty()) return 0;
  const StreamSpec& out = node(n).outs().front()->spec();
  std::int64_t shortest = 0;
  for (const std::size_t l : into_[n]) {
    const bool same_length = into_[n].size() > 1 || links_[l].out->spec().block_frames == out.block_frames;
    shortest = std::gcd(shortest, same_length ? shortest_[links_[l].from] : out.block_frames);
  }
  return shortest > 0 ? std::min(shortest, out.block_frames) : out.block_frames;
}

// All that can be kept back anywhere is less than the least room.
bool WaitAnalysis::obvious() const {
  Time_ns need = 0, room = kNever;
  for (const Time_ns hold : hold_) need += hold;
  for (const std::size_t l : joins_) room = std::min(room, room_at_join(l));
  return need <= room;
}

std::vector<bool> WaitAnalysis::leading_to(std::size_t n) const {
  std::vector<bool> leading(into_.size());
  leading[n] = true;
  for (std::size_t k = rank_[n] + 1; k-- > 0;)
    if (leading[plan_.graph.order[k]])
      for (const std::size_t l : into_[plan_.graph.order[k]]) leading[links_[l].from] = true;
  return leading;
}

WaitAnalysis::HeldBack WaitAnalysis::held_back_by(std::size_t from) const {
  const std::vector<std::size_t>& order = plan_.graph.order;
  HeldBack held{.room = std::vector(into_.size(), kNever),
                .room_by = std::vector(into_.size(), kNone),
                .least = {},
                .least_by = std::vector(into_.size(), kNone)};
  held.room[from] = 0;
  for (std::size_t k = rank_[from]; k-- > 0;)
    for (const std::size_t l : out_of_[order[k]]) {
      const Time_ns beyond = held.room[links_[l].to];
      if (!holds_back(l) || beyond == kNever || beyond + room_on(l) >= held.room[order[k]]) continue;
      held.room[order[k]] = beyond + room_on(l);
      held.room_by[order[k]] = l;
    }
  held.least = held.room;
  for (const std::size_t n : order) {
    held.least_by[n] = n;
    for (const std::size_t l : into_[n])
      if (held.least[links_[l].from] < held.least[n]) {
        held.least[n] = held.least[links_[l].from];
        held.least_by[n] = held.least_by[links_[l].from];
      }
  }
  return held;
}

// `n` has nothing to give: it waits for its inputs. Those that are full it does not wait for.
void WaitAnalysis::go_up(std::size_t n, std::size_t first, std::size_t second) {
  for (const std::size_t l : into_[n]) {
    if (l == joins_[first] || l == joins_[second]) continue;
    const std::size_t from = links_[l].from;
    const Time_ns lag = (n == links_[joins_[first]].to ? 0 : lag_[n]) + hold_[n];
    const bool fresh = waiting_.emplace(rank_[from], from).second;
    if (!fresh && lag <= lag_[from]) continue;
    lag_[from] = lag;
    lag_by_[from] = l;
  }
}

// Goes up from the first join's node, by its other inputs, until nodes are reached that the second holds back. A node
// that the full link itself comes from cannot be so far behind it that nothing of what it gave has arrived: unless what
// lies between can keep back more than the link can hold, the search need not go there.
WaitAnalysis::Step WaitAnalysis::step(std::size_t first, std::size_t second, const HeldBack& held) {
  Step result;
  const Time_ns room = room_at_join(joins_[first]);
  waiting_.clear();
  go_up(links_[joins_[first]].to, first, second);
  for (; !waiting_.empty(); ++work_) {
    const std::size_t n = waiting_.begin()->second;
    waiting_.erase(waiting_.begin());
    if (above_[first][n] && lag_[n] + spread(n) <= room) continue;
    if (held.room[n] == kNever) {
      go_up(n, first, second);
      continue;
    }
    const Time_ns slack = room + held.least[n] - lag_[n] - spread(n);
    if (slack < result.slack) result = {slack, n};
  }
  return result;
}

WaitAnalysis::Outcome WaitAnalysis::run() {
  if (obvious()) return Outcome::proven;
  if (joins_.size() * links_.size() > kMostWork) return Outcome::gave_up;
  for (const std::size_t l : joins_) above_.push_back(leading_to(links_[l].from));
  steps_.assign(joins_.size(), std::vector<Step>(joins_.size()));
  for (std::size_t second = 0; second < joins_.size(); ++second) {
    const HeldBack held = held_back_by(links_[joins_[second]].from);
    for (std::size_t first = 0; first < joins_.size(); ++first) steps_[first][second] = step(first, second, held);
    if (work_ > kMostWork) return Outcome::gave_up;
  }
  std::vector<Time_ns> distance(joins_.size(), 0);
  std::vector<std::size_t> cause(joins_.size(), kNone);
  for (; shorten(distance, cause); work_ += joins_.size() * joins_.size()) {
    if (find_circle(cause)) return Outcome::standstill;
    if (work_ > kMostWork) return Outcome::gave_up;
  }
  return Outcome::proven;
}

// One round of Bellman and Ford's search for a circle of negative length.
bool WaitAnalysis::shorten(std::vector<Time_ns>& distance, std::vector<std::size_t>& cause) {
  bool changed = false;
  for (std::size_t first = 0; first < joins_.size(); ++first)
    for (std::size_t second = 0; second < joins_.size(); ++second) {
      const Step& step = steps_[first][second];
      if (step.node == kNone || distance[first] + step.slack >= distance[second]) continue;
      distance[second] = distance[first] + step.slack;
      cause[second] = first;
      changed = true;
    }
  return changed;
}

bool WaitAnalysis::find_circle(const std::vector<std::size_t>& cause) {
  std::vector<std::size_t> seen_from(cause.size(), kNone);
  for (std::size_t start = 0; start < cause.size(); ++start) {
    std::size_t at = start;
    for (; at != kNone && seen_from[at] == kNone; at = cause[at]) seen_from[at] = start;
    if (at == kNone || seen_from[at] != start) continue;
    std::vector<std::size_t> circle{at};
    for (std::size_t before = cause[at]; before != at; before = cause[before]) circle.insert(circle.begin(), before);
    describe(circle);
    return true;
  }
  return false;
}

void WaitAnalysis::describe(const std::vector<std::size_t>& circle) {
  std::set<std::size_t> holding;
  const auto keeps = [&](std::size_t n) {
    if (hold_[n] > 0) holding.insert(n);
    standstill_.need += hold_[n];
    standstill_.delays += node(n).delay().count();
  };
  for (std::size_t k = 0; k < circle.size(); ++k) {
    const std::size_t first = circle[k], second = circle[(k + 1) % circle.size()];
    const HeldBack held = held_back_by(links_[joins_[second]].from);
    const std::size_t held_node = step(first, second, held).node;
    standstill_.full.push_back(joins_[first]);
    standstill_.room += room_at_join(joins_[first]) + held.least[held_node];
    for (std::size_t n = held.least_by[held_node]; held.room_by[n] != kNone; n = links_[held.room_by[n]].to)
      if (border(held.room_by[n])) standstill_.full.push_back(held.room_by[n]);
    if (spread(held_node) > 0) keeps(held_node);
    for (std::size_t n = held_node; n != links_[joins_[first]].to; keeps(n)) n = links_[lag_by_[n]].to;
  }
  standstill_.holding.assign(holding.begin(), holding.end());
}

// Gives a border of the circle the credits that it lacks; false when there is none, or they would be too many.
bool raise_credits(Plan& plan, const Standstill& standstill) {
  const Time_ns lacking = standstill.need - standstill.room;
  for (const std::size_t l : standstill.full) {
    if (!plan.border_of[l]) continue;
    Border& border = plan.borders[*plan.border_of[l]];
    const Time_ns period = plan.graph.links[l].out->spec().block_period().count();
    const std::size_t wanted = border.credits + static_cast<std::size_t>((lacking + period - 1) / period);
    if (wanted > kMostCredits) continue;
    border.credits = wanted;
    return true;
  }
  return false;
}

double in_ms(Time_ns ns) {
  return milliseconds(Duration(ns));
}

void report(Plan& plan, const Standstill& standstill) {
  constexpr std::size_t kMostNames = 6;
  const auto& nodes = plan.graph.nodes;
  std::vector<std::string> holding, full;
  for (const std::size_t n : standstill.holding)
    holding.push_back(fmt::format("'{}' ({}, {:.1f} ms)", nodes[n].spec.name, nodes[n].spec.type,
                                  milliseconds(nodes[n].node->delay())));
  if (holding.size() > kMostNames) {
    const std::size_t more = holding.size() - kMostNames;
    holding.resize(kMostNames);
    holding.push_back(fmt::format("{} more", more));
  }
  Time_ns shortest = kNever;
  for (const std::size_t l : standstill.full) {
    const BuiltLink& link = plan.graph.links[l];
    full.push_back(fmt::format("{} -> {}", nodes[link.from].spec.name, nodes[link.to].spec.name));
    shortest = std::min(shortest, link.out->spec().block_period().count());
  }
  // room and what is kept back besides the delays grow with the blocks
  const double growing = static_cast<double>(standstill.room - standstill.need + standstill.delays);
  const double longer = static_cast<double>(standstill.delays) / std::max(growing, 1.0);
  plan.diagnostics().push_back(
      {plan.graph.links[standstill.full.front()].spec.to.mark,
       fmt::format("the graph could stand still: {} may keep back {:.1f} ms before giving anything on, while {} can "
                   "hold {:.1f} ms: use blocks of {:.1f} ms instead of {:.1f} ms on that way, or delay both alike",
                   fmt::join(holding, ", "), in_ms(standstill.need), fmt::join(full, ", "), in_ms(standstill.room),
                   std::ceil(10 * in_ms(shortest) * longer) / 10, in_ms(shortest))});
}

}  // namespace

void ensure_progress(Plan& plan) {
  for (;;) {
    WaitAnalysis analysis(plan);
    const WaitAnalysis::Outcome outcome = analysis.run();
    if (outcome == WaitAnalysis::Outcome::proven) return;
    if (outcome == WaitAnalysis::Outcome::gave_up) {
      plan.diagnostics().push_back(
          {plan.graph.spec.mark, "that it cannot stand still is not proven: too many ways part and meet again", true});
      return;
    }
    if (!raise_credits(plan, analysis.standstill())) return report(plan, analysis.standstill());
  }
}

}  // namespace sluice
