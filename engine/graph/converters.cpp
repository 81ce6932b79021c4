#include "engine/graph/converters.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/graph/params.h"

namespace sluice {
namespace {

bool single(const Descriptor& d) {
  return d.ins.size() == 1 && d.outs.size() == 1 && !d.ins[0].many;
}

bool runs_without_params(const Descriptor& d) {
  return std::ranges::none_of(d.params, [](const ParamInfo& param) { return param.required; });
}

bool fits(const std::string& declared, const std::string& offered) {
  return declared.empty() || declared == offered;
}

// How well a node goes between `from` and a port of `media` and `codec`: 0 not at all, more for every exact codec.
int fitness(const Descriptor& d, const Format& from, const std::string& media, const std::string& codec) {
  const PortInfo &in = d.ins[0], &out = d.outs[0];
  const bool takes = in.media == from.media && fits(in.codec, from.codec);
  const bool gives = out.media == media && (fits(codec, out.codec) || out.codec.empty());
  if (!takes || !gives || (in.media == out.media && in.codec == out.codec)) return 0;
  return 1 + (in.codec == from.codec) + (out.codec == codec);
}

// A node that declares no codec may still refuse the one at hand: it is asked.
bool accepts(const Registry& registry, const Descriptor& d, const Format& from) {
  if (!d.ins[0].codec.empty() || from.codec.empty()) return true;
  const std::unique_ptr<Node> node = registry.make(d.type);
  PortWiring::set_spec(*node->ins().front(), {from, 1});
  PortWiring::mark_connected(*node->ins().front());
  return node->configure().ok();
}

// "end/resample", or "end/resample2" when there is one already.
std::string fresh_name(const BuiltGraph& graph, const std::string& base) {
  std::string name = base;
  for (int number = 2; std::ranges::any_of(graph.nodes, [&](const BuiltNode& node) { return node.spec.name == name; });
       ++number)
    name = base + std::to_string(number);
  return name;
}

}  // namespace

std::optional<std::size_t> put_between(BuiltGraph& graph, const Registry& registry, std::size_t l,
                                       const Converter& converter, Report& report) {
  const BuiltLink link = graph.links[l];
  const std::size_t n = graph.nodes.size();
  NodeSpec spec;
  spec.name = fresh_name(graph, graph.nodes[link.to].spec.name + "/" + converter.type);
  spec.type = converter.type;
  spec.mark = link.spec.to.mark;
  if (!converter.param.empty())
    spec.params.push_back({converter.param, converter.value, spec.mark, spec.mark, "auto_convert"});
  std::unique_ptr<Node> node = registry.make(converter.type);
  if (!assign_params(spec, *node, report)) return {};
  InPort* in = node->ins().front();
  OutPort* out = node->outs().front();
  PortWiring::connect(*link.out, *in);
  PortWiring::connect(*out, *link.in);
  graph.nodes.push_back({std::move(spec), std::move(node)});
  graph.links[l] = {.from = n, .out = out, .to = link.to, .in = link.in, .spec = link.spec};
  graph.links.push_back({.from = link.from, .out = link.out, .to = n, .in = in, .spec = link.spec});
  return n;
}

std::string to_string(const std::vector<Converter>& chain) {
  std::string text;
  for (const Converter& converter : chain) {
    text += (text.empty() ? "" : " -> ") + converter.type;
    if (!converter.param.empty()) text += fmt::format("({}={})", converter.param, converter.value);
  }
  return text;
}

void Converters::collect() {
  if (collected_) return;
  collected_ = true;
  for (const std::string& type : registry_.types())
    if (Descriptor d = registry_.describe(type); single(d)) nodes_.push_back(std::move(d));
  if (composites_) graphs_ = composites_();
  std::erase_if(graphs_, [](const Descriptor& d) { return !single(d); });
}

std::vector<Converter> Converters::of_payload(const Format& from, const InPort& to) {
  collect();
  Converter best;
  int best_fitness = 0;
  for (const std::vector<Descriptor>* some : {&nodes_, &graphs_})
    for (const Descriptor& d : *some) {
      const int fit = runs_without_params(d) ? fitness(d, from, to.media(), to.codec()) : 0;
      if (fit <= best_fitness || (some == &nodes_ && !accepts(registry_, d, from))) continue;
      best_fitness = fit;
      best = {.type = d.type, .param = {}, .value = {}, .composite = some == &graphs_};
    }
  if (best_fitness == 0) return {};
  return {best};
}

std::optional<Converter> Converters::with_param(const std::string& media, const std::string& param, double value) {
  for (const Descriptor& d : nodes_) {
    const bool same_payload = d.ins[0].media == media && d.outs[0].media == media;
    const bool only_it =
        std::ranges::all_of(d.params, [&](const ParamInfo& p) { return !p.required || p.name == param; });
    const bool has_it = std::ranges::any_of(d.params, [&](const ParamInfo& p) { return p.name == param; });
    if (same_payload && only_it && has_it)
      return Converter{.type = d.type, .param = param, .value = fmt::format("{:.10g}", value)};
  }
  return {};
}

std::vector<Converter> Converters::of_shape(const Format& from, const Format& to) {
  collect();
  std::vector<Converter> chain;
  const auto add = [&](const std::string& param, double value) {
    if (auto converter = with_param(from.media, param, value)) chain.push_back(*std::move(converter));
  };
  if (to.channels < from.channels) add("channels", to.channels);
  if (to.rate_hz != from.rate_hz) add("rate", to.rate_hz);
  if (to.channels > from.channels) add("channels", to.channels);
  const std::size_t needed = (to.rate_hz != from.rate_hz ? 1 : 0) + (to.channels != from.channels ? 1 : 0);
  if (chain.size() < needed) chain.clear();
  return chain;
}

}  // namespace sluice
