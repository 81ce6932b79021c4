#include "engine/graph/clocks.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/graph/converters.h"

namespace sluice {
namespace {

// A clock, and the node that brings it into the graph.
struct Drive {
  std::string clock;  // empty: a device's own
  std::size_t node = 0;

  bool same_clock(const Drive& other) const { return clock == other.clock && (!clock.empty() || node == other.node); }
};

class Clocks {
 public:
  Clocks(BuiltGraph& graph, const Registry& registry, const std::set<std::size_t>& broken, Report& report)
      : graph_(graph), registry_(registry), broken_(broken), report_(report), drives_(graph.nodes.size()) {}

  void run() {
    const std::vector<std::size_t> order = std::exchange(graph_.order, {});
    for (const std::size_t n : order) {
      visit(n);  // puts the bridges it needs before it
      graph_.order.push_back(n);
    }
    for (const std::size_t n : graph_.order)
      if (traits(n).bridges_clocks && !clock_link(n)) follow(n);
  }

 private:
  Traits traits(std::size_t n) const { return graph_.nodes[n].node->traits(); }
  std::string title(std::size_t n) const {
    return fmt::format("'{}' ({})", graph_.nodes[n].spec.name, graph_.nodes[n].spec.type);
  }
  static std::string words(const Drive& drive) {
    return drive.clock.empty() ? "a clock of its own" : fmt::format("the clock '{}'", drive.clock);
  }

  std::optional<Drive> own_clock(std::size_t n) const {
    if (traits(n).clock == ClockDomain::none || broken_.contains(n)) return {};
    return Drive{graph_.nodes[n].node->clock_name(), n};
  }

  // The link that brings a bridge the stream to keep in step with: the one into its second input.
  const BuiltLink* clock_link(std::size_t bridge) const {
    const auto link = std::ranges::find_if(graph_.links, [&](const BuiltLink& l) {
      return l.to == bridge && l.in != graph_.nodes[bridge].node->ins().front();
    });
    return link == graph_.links.end() ? nullptr : &*link;
  }

  void visit(std::size_t n) {
    if (traits(n).bridges_clocks) {
      if (const BuiltLink* link = clock_link(n)) drives_[n] = drives_[link->from];
      return;
    }
    const std::optional<Drive> own = own_clock(n);
    std::optional<Drive> first = own;
    std::optional<std::size_t> first_link;  // none: the node itself
    for (std::size_t l = 0, count = graph_.links.size(); l < count; ++l) {
      const BuiltLink& link = graph_.links[l];
      if (link.to != n || broken_.contains(n) || !drives_[link.from]) continue;
      const Drive& drive = *drives_[link.from];
      if (!first) {
        first = drive;
        first_link = l;
      } else if (!drive.same_clock(*first)) {
        meet(l, *first, first_link);
      }
    }
    drives_[n] = first;
  }

  // Link `l` brings a second clock to a node that is driven by `first`, itself or by `first_link`.
  void meet(std::size_t l, const Drive& first, std::optional<std::size_t> first_link) {
    const std::string type = bridge_type();
    if (type.empty() || !graph_.spec.auto_convert) return demand(l, first, first_link, type);
    const auto bridge = put_between(graph_, registry_, l, {.type = type, .param = {}, .value = {}}, report_);
    if (!bridge) return;
    drives_.emplace_back();
    if (first_link) {
      const BuiltLink reference = graph_.links[*first_link];
      InPort* in = graph_.nodes[*bridge].node->ins().back();
      PortWiring::connect(*reference.out, *in);
      // Before the bridge's other link: the format of its audio follows that of its clock.
      graph_.links.insert(
          graph_.links.end() - 1,
          {.from = reference.from, .out = reference.out, .to = *bridge, .in = in, .spec = reference.spec});
      drives_[*bridge] = first;
    }
    graph_.order.push_back(*bridge);
  }

  void demand(std::size_t l, const Drive& first, std::optional<std::size_t> first_link, const std::string& type) {
    const BuiltLink& link = graph_.links[l];
    const Drive& drive = *drives_[link.from];
    std::string remedy;
    if (!type.empty() && first_link)
      remedy =
          fmt::format(": put '{}' before it, with the stream of '{}' at its input '{}', or say 'auto_convert: true'",
                      type, graph_.nodes[first.node].spec.name, registry_.make(type)->ins().back()->name());
    else if (!type.empty())
      remedy = fmt::format(": put '{}' between them, or say 'auto_convert: true'", type);
    const std::string second =
        first_link ? fmt::format("meets in {} what {} makes by {}", title(link.to), title(first.node), words(first))
                   : fmt::format("goes to {}, which takes it by {}", title(link.to), words(first));
    report_.error(link.spec.to.mark, fmt::format("what {} makes by {} {}; no two clocks are equally fast{}",
                                                 title(drive.node), words(drive), second, remedy));
  }

  std::string bridge_type() const {
    for (const std::string& type : registry_.types())
      if (registry_.make(type)->traits().bridges_clocks) return type;
    return "";
  }

  // Finds the clock downstream of a bridge.
  void follow(std::size_t bridge) {
    std::vector<std::size_t> ways{bridge};
    std::set<std::size_t> seen{bridge};
    std::optional<Drive> found;
    while (!ways.empty()) {
      const std::size_t n = ways.back();
      ways.pop_back();
      const auto face = n == bridge ? nullptr : graph_.nodes[n].node->clock_face();
      if (const auto own = own_clock(n); face && own) {
        if (found && !found->same_clock(*own)) return report_two(bridge, *found, *own);
        if (!std::exchange(found, own)) {
          graph_.nodes[bridge].node->follow(face);
          graph_.nodes[bridge].follows = n;
        }
        continue;
      }
      for (const BuiltLink& link : graph_.links)
        if (link.from == n && seen.insert(link.to).second) ways.push_back(link.to);
    }
    if (!found && !broken_.contains(bridge))
      report_.warning(
          graph_.nodes[bridge].spec.mark,
          fmt::format("{} finds no clock to follow: nothing behind it has one, so it changes nothing", title(bridge)));
  }

  void report_two(std::size_t bridge, const Drive& one, const Drive& other) {
    report_.error(graph_.nodes[bridge].spec.mark,
                  fmt::format("{} cannot follow both {} ({}) and {} ({}): put a bridge before each", title(bridge),
                              title(one.node), words(one), title(other.node), words(other)));
  }

  BuiltGraph& graph_;
  const Registry& registry_;
  const std::set<std::size_t>& broken_;
  Report& report_;
  std::vector<std::optional<Drive>> drives_;  // per node: the clock that drives its outputs
};

}  // namespace

void bridge_clocks(BuiltGraph& graph, const Registry& registry, const std::set<std::size_t>& broken, Report& report) {
  Clocks(graph, registry, broken, report).run();
}

}  // namespace sluice
