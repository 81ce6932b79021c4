#include "engine/graph/build.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "engine/graph/clocks.h"
#include "engine/graph/negotiation.h"
#include "engine/graph/params.h"
#include "engine/graph/report.h"

namespace sluice {
namespace {

class Builder {
 public:
  Builder(BuiltGraph& graph, const Registry& registry, Report& report)
      : graph_(graph), registry_(registry), report_(report) {}

  // Nodes, parameters, links, order. Returns the indices of nodes that cannot be configured.
  std::set<std::size_t> build() {
    for (const NodeSpec& node : graph_.spec.nodes) instantiate(node);
    for (const OpenPort& port : graph_.spec.open)
      for (const Endpoint& end : port.ends) open(port, end);
    for (const LinkSpec& link : graph_.spec.links) connect(link);
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) check_connected(n);
    sort();
    return std::move(broken_);
  }

 private:
  void instantiate(const NodeSpec& spec) {
    std::unique_ptr<Node> node = registry_.make(spec.type);
    if (!node)
      return report_.unknown(spec.type_mark.line ? spec.type_mark : spec.mark, "node type", spec.type, "",
                             registry_.types());
    if (!index_.emplace(spec.name, graph_.nodes.size()).second)
      return report_.error(spec.mark, fmt::format("there is a node {} already", in_quotes(spec.name)));
    if (!assign_params(spec, *node, report_)) broken_.insert(graph_.nodes.size());
    graph_.nodes.push_back({spec, std::move(node)});
  }

  const BuiltNode& at(std::size_t n) const { return graph_.nodes[n]; }
  std::string title(std::size_t n) const { return fmt::format("'{}' ({})", at(n).spec.name, at(n).spec.type); }

  // An open input has no format yet: what lies behind it cannot be configured.
  void open(const OpenPort& port, const Endpoint& end) {
    const auto node = index_.find(end.node);
    if (node == index_.end()) return;
    if (port.input) {
      if (const InPort* in = find_input(node->second, end)) touched_.insert(in);
      broken_.insert(node->second);
    } else if (const OutPort* out = find_output(node->second, end)) {
      touched_.insert(out);
    }
  }

  std::optional<std::size_t> find_node(const Endpoint& end) {
    const auto found = index_.find(end.node);
    if (found != index_.end()) return found->second;
    const auto reported = std::ranges::find(graph_.spec.nodes, end.node, &NodeSpec::name) != graph_.spec.nodes.end();
    if (end.node.empty() || reported) return {};
    std::vector<std::string> names;
    for (const auto& [name, n] : index_) names.push_back(name);
    report_.unknown(end.mark, "node", end.node, "", names);
    return {};
  }

  OutPort* find_output(std::size_t n, const Endpoint& end) {
    const std::vector<OutPort*>& outs = at(n).node->outs();
    if (outs.empty()) return report_.error(end.mark, title(n) + " has no output: it ends a chain"), nullptr;
    if (end.port.empty()) return outs.front();
    const auto found = std::ranges::find(outs, end.port, [](const OutPort* out) { return out->name(); });
    if (found != outs.end()) return *found;
    std::vector<std::string> names;
    for (const OutPort* out : outs) names.push_back(out->name());
    report_.unknown(end.mark, "output", end.port, "of " + title(n), names);
    return nullptr;
  }

  InPort* find_input(std::size_t n, const Endpoint& end) {
    Node& node = *at(n).node;
    if (node.ins().empty() && node.in_families().empty())
      return report_.error(end.mark, title(n) + " has no input: it begins a chain"), nullptr;
    for (InFamily* family : node.in_families())
      if (end.port == family->name() || (end.port.empty() && own_inputs(node).empty())) return &family->add();
    const std::vector<InPort*> ins = own_inputs(node);
    if (end.port.empty()) return ins.front();
    const auto found = std::ranges::find(ins, end.port, [](const InPort* in) { return in->name(); });
    if (found != ins.end()) return *found;
    std::vector<std::string> names;
    for (const InPort* in : ins) names.push_back(in->name());
    for (const InFamily* family : node.in_families()) names.push_back(family->name());
    report_.unknown(end.mark, "input", end.port, "of " + title(n), names);
    return nullptr;
  }

  // Inputs that are not made by links to a family.
  static std::vector<InPort*> own_inputs(const Node& node) {
    std::vector<InPort*> ins = node.ins();
    std::erase_if(ins, [&](const InPort* in) {
      return std::ranges::any_of(node.in_families(), [&](const InFamily* family) {
        const std::string& name = in->name();
        return name.starts_with(family->name()) && name.size() > family->name().size() &&
               std::all_of(name.begin() + static_cast<std::ptrdiff_t>(family->name().size()), name.end(),
                           [](char c) { return c >= '0' && c <= '9'; });
      });
    });
    return ins;
  }

  void connect(const LinkSpec& link) {
    const auto from = find_node(link.from), to = find_node(link.to);
    OutPort* out = from ? find_output(*from, link.from) : nullptr;
    InPort* in = to ? find_input(*to, link.to) : nullptr;
    if (from && to && *from == *to)
      return report_.error(link.to.mark, title(*to) + " is linked to itself: a graph flows one way");
    if (out) touched_.insert(out);
    if (in && !touched_.insert(in).second) return report_taken(*to, *in, link);
    if (!out || !in) {
      if (to) broken_.insert(*to);
      return;
    }
    PortWiring::connect(*out, *in);
    graph_.links.push_back({.from = *from, .out = out, .to = *to, .in = in, .spec = link});
  }

  void report_taken(std::size_t to, const InPort& in, const LinkSpec& link) {
    const auto first = std::ranges::find(graph_.links, &in, &BuiltLink::in);
    const std::string by = first == graph_.links.end() ? "" : fmt::format(" from '{}'", at(first->from).spec.name);
    report_.error(link.to.mark,
                  fmt::format("input '{}' of {} has a link{} already: join streams with 'mix', or name another input",
                              in.name(), title(to), by));
  }

  void check_connected(std::size_t n) {
    const BuiltNode& built = at(n);
    for (const InPort* in : built.node->ins())
      if (!in->optional() && !touched_.contains(in)) {
        report_.error(built.spec.mark,
                      fmt::format("input '{}' of {} is not connected: link something to it, as in 'x -> {}'",
                                  in->name(), title(n), built.spec.name));
        broken_.insert(n);
      }
    for (const InFamily* family : built.node->in_families())
      if (std::ranges::none_of(touched_, [&](const Port* port) {
            return &port->node() == built.node.get() && port->name().starts_with(family->name());
          })) {
        report_.error(built.spec.mark, fmt::format("{} needs at least one link to '{}'", title(n), family->name()));
        broken_.insert(n);
      }
    for (const OutPort* out : built.node->outs())
      if (!out->optional() && !touched_.contains(out))
        report_.error(built.spec.mark,
                      fmt::format("output '{}' of {} is not connected: link it on, or end it with '{}.{} -> discard'",
                                  out->name(), title(n), built.spec.name, out->name()));
  }

  // Kahn's algorithm, in the order of the file where there is a choice. Where it gets stuck there is a cycle: the nodes
  // of all cycles that hang together are taken out, and it goes on.
  void sort() {
    std::vector<std::size_t> waiting(graph_.nodes.size());
    before_.resize(graph_.nodes.size());
    after_.resize(graph_.nodes.size());
    for (const BuiltLink& link : graph_.links) {
      ++waiting[link.to];
      before_[link.to].push_back(link.from);
      after_[link.from].push_back(link.to);
    }
    std::set<std::size_t> free, left;
    for (std::size_t n = 0; n < waiting.size(); ++n) (waiting[n] == 0 ? free : left).insert(n);
    const auto release = [&](std::size_t n) {
      for (const std::size_t next : after_[n])
        if (--waiting[next] == 0 && left.erase(next)) free.insert(next);
    };
    for (;;) {
      while (!free.empty()) {
        const std::size_t n = *free.begin();
        free.erase(free.begin());
        graph_.order.push_back(n);
        release(n);
      }
      if (left.empty() || report_.full()) return;
      const std::set<std::size_t> circles = around(report_cycle(left), left);
      for (const std::size_t n : circles) left.erase(n);
      broken_.insert(circles.begin(), circles.end());
      for (const std::size_t n : circles) release(n);
    }
  }

  // Every node that is left has a predecessor that is left: going back along them must close a circle. Returns a node
  // of it.
  std::size_t report_cycle(const std::set<std::size_t>& left) {
    std::map<std::size_t, const BuiltLink*> into;
    for (const BuiltLink& link : graph_.links)
      if (left.contains(link.from)) into[link.to] = &link;
    std::size_t n = *left.begin();
    std::set<std::size_t> seen;
    while (seen.insert(n).second) n = into[n]->from;
    std::string circle = at(n).spec.name;
    std::size_t back = n;
    constexpr std::size_t kLongest = 2000;  // bytes of a message
    do {
      back = into[back]->from;
      if (circle.size() < kLongest) circle = at(back).spec.name + " -> " + circle;
    } while (back != n);
    report_.error(into[n]->spec.to.mark, fmt::format("a cycle: {}; a graph flows one way", circle));
    return n;
  }

  // The nodes that lead to `start` and that it leads to.
  std::set<std::size_t> around(std::size_t start, const std::set<std::size_t>& left) const {
    const auto reached = [&](const std::vector<std::vector<std::size_t>>& next) {
      std::set<std::size_t> nodes{start};
      for (std::vector<std::size_t> todo{start}; !todo.empty();) {
        const std::size_t n = todo.back();
        todo.pop_back();
        for (const std::size_t other : next[n])
          if (left.contains(other) && nodes.insert(other).second) todo.push_back(other);
      }
      return nodes;
    };
    const std::set<std::size_t> behind = reached(before_);
    std::set<std::size_t> both = reached(after_);
    std::erase_if(both, [&](std::size_t n) { return !behind.contains(n); });
    return both;
  }

  BuiltGraph& graph_;
  const Registry& registry_;
  Report& report_;
  std::map<std::string, std::size_t> index_;
  std::vector<std::vector<std::size_t>> before_, after_;  // neighbours of each node
  std::set<const Port*> touched_;                         // linked, or meant to be
  std::set<std::size_t> broken_;
};

}  // namespace

BuiltGraph build_graph(GraphSpec spec, const Registry& registry,
                       const std::function<std::vector<Descriptor>()>& composites) {
  BuiltGraph graph;
  graph.spec = std::move(spec);
  graph.registry = &registry;
  Report report;
  std::set<std::size_t> broken = Builder(graph, registry, report).build();
  bridge_clocks(graph, registry, broken, report);
  negotiate(graph, registry, composites, std::move(broken), report);
  graph.diagnostics = report.take(graph.spec.mark.file);
  return graph;
}

}  // namespace sluice
