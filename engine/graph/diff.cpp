#include "engine/graph/diff.h"

#include <algorithm>
#include <map>

namespace sluice {
namespace {

using Index = std::map<std::string, std::size_t>;

Index by_name(const BuiltGraph& graph) {
  Index index;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) index[graph.nodes[n].spec.name] = n;
  return index;
}

bool same_spec(const StreamSpec& a, const StreamSpec& b) {
  return a.format == b.format && a.block_frames == b.block_frames;
}

// Ports of the same shape: a node sees at configure() whether an optional port is connected.
template <typename P>
bool same_ports(const std::vector<P*>& a, const std::vector<P*>& b) {
  return std::ranges::equal(a, b, [](const P* x, const P* y) {
    return x->name() == y->name() && x->connected() == y->connected() && same_spec(x->spec(), y->spec());
  });
}

// Parameters are members: nodes of one type have the same, in the same order.
bool same_constants(const Node& a, const Node& b) {
  return std::ranges::equal(a.params(), b.params(), [](const ParamBase* x, const ParamBase* y) {
    return x->info().live || x->text() == y->text();
  });
}

bool may_go_on(const BuiltNode& running, const BuiltNode& next) {
  const Node &a = *running.node, &b = *next.node;
  return running.spec.type == next.spec.type && same_constants(a, b) && same_ports(a.ins(), b.ins()) &&
         same_ports(a.outs(), b.outs()) && a.delay() == b.delay() && a.queueing() == b.queueing();
}

// A bridge sees the clock of the very node that it follows: both go on, or neither.
void untie(GraphDiff& diff, const BuiltGraph& running, const BuiltGraph& next) {
  for (bool changed = true; changed;) {
    changed = false;
    for (std::size_t n = 0; n < next.nodes.size(); ++n) {
      const auto follows = next.nodes[n].follows;
      if (!follows) continue;
      auto &bridge = diff.kept_from[n], &clock = diff.kept_from[*follows];
      if (!bridge && !clock) continue;
      if (bridge && clock && running.nodes[*bridge].follows == clock) continue;
      bridge.reset();
      clock.reset();
      changed = true;
    }
  }
}

void compare_live(GraphDiff& diff, std::size_t n, const Node& running, const Node& next) {
  for (std::size_t p = 0; p < next.params().size(); ++p) {
    const std::string from = running.params()[p]->text(), to = next.params()[p]->text();
    if (from != to) diff.params.push_back({.node = n, .param = next.params()[p]->name(), .from = from, .to = to});
  }
}

std::string key_of(const BuiltGraph& graph, const BuiltLink& link) {
  return graph.nodes[link.from].spec.name + '\n' + link.out->name() + '\n' + graph.nodes[link.to].spec.name + '\n' +
         link.in->name();
}

void compare_links(GraphDiff& diff, const BuiltGraph& running, const BuiltGraph& next) {
  Index index;
  for (std::size_t l = 0; l < running.links.size(); ++l) index[key_of(running, running.links[l])] = l;
  for (const BuiltLink& link : next.links) {
    const auto found = index.find(key_of(next, link));
    diff.link_from.push_back(found == index.end() ? std::nullopt : std::optional(found->second));
  }
}

}  // namespace

GraphDiff diff_graphs(const BuiltGraph& running, const BuiltGraph& next) {
  GraphDiff diff;
  const Index before = by_name(running), after = by_name(next);
  for (const BuiltNode& node : next.nodes) {
    const auto found = before.find(node.spec.name);
    const bool kept = found != before.end() && may_go_on(running.nodes[found->second], node);
    diff.kept_from.push_back(kept ? std::optional(found->second) : std::nullopt);
  }
  untie(diff, running, next);
  for (std::size_t n = 0; n < next.nodes.size(); ++n) {
    const BuiltNode& node = next.nodes[n];
    const auto& kept = diff.kept_from[n];
    (kept ? diff.kept : before.contains(node.spec.name) ? diff.replaced : diff.added).push_back(node.spec.name);
    if (kept) compare_live(diff, n, *running.nodes[*kept].node, *node.node);
  }
  for (const BuiltNode& node : running.nodes)
    if (!after.contains(node.spec.name)) diff.removed.push_back(node.spec.name);
  compare_links(diff, running, next);
  return diff;
}

}  // namespace sluice
