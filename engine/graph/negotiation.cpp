#include "engine/graph/negotiation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/graph/converters.h"

namespace sluice {
namespace {

constexpr std::size_t kMostConverters = 4;  // on one link: payload, rate, channels, and one to spare

class Negotiator {
 public:
  Negotiator(BuiltGraph& graph, const Registry& registry, std::function<std::vector<Descriptor>()> composites,
             std::set<std::size_t> broken, Report& report)
      : graph_(graph),
        registry_(registry),
        converters_(registry, std::move(composites)),
        broken_(std::move(broken)),
        report_(report) {
    into_.resize(graph.nodes.size());
    for (std::size_t l = 0; l < graph.links.size(); ++l) into_[graph.links[l].to].push_back(l);
  }

  void run() {
    const std::vector<std::size_t> order = std::exchange(graph_.order, {});
    for (const std::size_t n : order) {
      visit(n);  // puts the converters it needs before it
      graph_.order.push_back(n);
    }
  }

 private:
  void visit(std::size_t n) {
    bool ready = !broken_.contains(n);
    for (const std::size_t l : into_[n]) {
      const bool known = !broken_.contains(graph_.links[l].from);
      ready = meet(l) && known && ready;
    }
    if (!ready || !configure(n)) broken_.insert(n);
  }

  std::string port_name(std::size_t n, const Port& port) const {
    return fmt::format("'{}.{}'", graph_.nodes[n].spec.name, port.name());
  }

  // What the output gives; before its node is configured, what it declares.
  static Format given(const OutPort& out) {
    if (!out.format().media.empty()) return out.format();
    return {.media = out.media(), .codec = out.codec()};
  }

  // True when the link's formats agree, by themselves or by a converter that now stands between them.
  bool meet(std::size_t l) {
    for (std::size_t tries = 0; tries <= kMostConverters; ++tries) {
      BuiltLink& link = graph_.links[l];
      const Format format = given(*link.out);
      if (!payload_fits(format, *link.in)) {
        const auto converters = converters_.of_payload(format, *link.in);
        if (!may_insert(l, converters))
          return refuse(link, format, {.media = link.in->media(), .codec = link.in->codec()}, converters);
        if (!insert(l, converters.front())) return false;
        continue;
      }
      PortWiring::set_spec(*link.in, link.out->spec());
      if (broken_.contains(link.from)) return true;
      const Format wanted = graph_.nodes[link.to].node->accepted(*link.in);
      if (wanted == format) return true;
      const auto converters = converters_.of_shape(format, wanted);
      if (!may_insert(l, converters)) return refuse(link, format, wanted, converters);
      if (!insert(l, converters.front())) return false;
    }
    return false;
  }

  static bool payload_fits(const Format& format, const InPort& in) {
    const bool media = in.media().empty() || format.media.empty() || in.media() == format.media;
    return media && (in.codec().empty() || format.codec.empty() || in.codec() == format.codec);
  }

  bool refuse(const BuiltLink& link, const Format& gives, const Format& takes,
              const std::vector<Converter>& converters) {
    std::string remedy;
    if (!converters.empty())
      remedy = fmt::format(": put '{}' between them{}", to_string(converters),
                           converters.front().composite ? "" : ", or say 'auto_convert: true'");
    report_.error(link.spec.to.mark,
                  fmt::format("{} gives {}, but {} ({}) takes {}{}", port_name(link.from, *link.out), to_string(gives),
                              port_name(link.to, *link.in), graph_.nodes[link.to].spec.type, to_string(takes), remedy));
    return false;
  }

  bool may_insert(std::size_t l, const std::vector<Converter>& converters) const {
    return !converters.empty() && !converters.front().composite && graph_.spec.auto_convert &&
           !broken_.contains(graph_.links[l].from);
  }

  // Puts the converter into link `l`, which then leads from it; the way to it is a new link, which must meet in turn.
  bool insert(std::size_t l, const Converter& converter) {
    const auto n = put_between(graph_, registry_, l, converter, report_);
    if (!n) return false;
    const std::size_t way = graph_.links.size() - 1;
    into_.push_back({way});
    ++depth_;
    const bool ready = depth_ <= kMostConverters && meet(way);
    --depth_;
    graph_.order.push_back(*n);
    return ready && configure(*n);
  }

  bool configure(std::size_t n) {
    BuiltNode& built = graph_.nodes[n];
    const Status status = built.node->configure();
    if (!status) {
      const Error& error = status.error();
      report_.error(place_of(n, error.where),
                    fmt::format("'{}' ({}){}: {}", built.spec.name, built.spec.type,
                                error.where.empty() ? "" : " " + error.where, error.message),
                    error.message);
    }
    return status.ok();
  }

  // Where an error of a node belongs: the value of the parameter, the link to the port, else the node.
  Mark place_of(std::size_t n, const std::string& where) const {
    const NodeSpec& spec = graph_.nodes[n].spec;
    const auto param = std::ranges::find(spec.params, where, &ParamSpec::name);
    if (param != spec.params.end()) return param->mark;
    for (const std::size_t l : into_[n])
      if (graph_.links[l].in->name() == where) return graph_.links[l].spec.to.mark;
    return spec.mark;
  }

  BuiltGraph& graph_;
  const Registry& registry_;
  Converters converters_;
  std::set<std::size_t> broken_;
  Report& report_;
  std::vector<std::vector<std::size_t>> into_;  // links that end at each node
  std::size_t depth_ = 0;                       // converters that need converters
};

}  // namespace

void negotiate(BuiltGraph& graph, const Registry& registry, std::function<std::vector<Descriptor>()> composites,
               std::set<std::size_t> broken, Report& report) {
  Negotiator(graph, registry, std::move(composites), std::move(broken), report).run();
}

}  // namespace sluice
