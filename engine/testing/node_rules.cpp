#include "engine/testing/node_rules.h"

#include <algorithm>
#include <regex>
#include <set>

namespace sluice {
namespace {

using Faults = std::vector<std::string>;

bool is_lower_snake(const std::string& name) {
  static const std::regex form("[a-z][a-z0-9]*(_[a-z0-9]+)*");
  return std::regex_match(name, form);
}

bool is_type_name(const std::string& name) {
  static const std::regex form("[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)?");
  return std::regex_match(name, form);
}

void check_ranges(Node& node, Faults& faults) {
  for (ParamBase* param : node.params()) {
    const ParamInfo info = param->info();
    if (!info.required)
      if (const Status status = param->assign(info.default_text); !status)
        faults.push_back("the default of '" + info.name + "' is refused: " + status.error().message);
    if (info.type == "text") continue;
    if (info.min > info.max) faults.push_back("the range of '" + info.name + "' is empty");
    const Status status = param->assign("1e300 parsecs");
    if (status || status.error().where != info.name || status.error().message.empty())
      faults.push_back("'" + info.name + "' takes 1e300 parsecs, or does not say what is wrong with them");
  }
}

// A part of the node: its name is lower_snake and its own, and it has a sentence.
void check_part(const std::string& name, const std::string& doc, std::set<std::string>& names, Faults& faults) {
  if (!is_lower_snake(name)) faults.push_back("the name '" + name + "' is not lower_snake");
  if (doc.empty()) faults.push_back("'" + name + "' does not say what it is");
  if (!names.insert(name).second) faults.push_back("the name '" + name + "' is there twice");
}

void check_names(const Descriptor& d, const Node& node, Faults& faults) {
  if (!is_type_name(d.type)) faults.push_back("the type is not named like family.name");
  if (d.doc.empty()) faults.push_back("the node does not say what it is");
  std::set<std::string> ports, params, counters;
  for (const PortInfo& port : d.ins) check_part(port.name, port.doc, ports, faults);
  for (const PortInfo& port : d.outs) check_part(port.name, port.doc, ports, faults);
  for (const ParamInfo& param : d.params) check_part(param.name, param.doc, params, faults);
  for (const Counter* counter : node.counters()) check_part(counter->name(), counter->doc(), counters, faults);
}

bool names_a_part(const Node& node, const std::string& name) {
  const auto is_it = [&name](const auto* part) { return part->name() == name; };
  return std::ranges::any_of(node.params(), is_it) || std::ranges::any_of(node.ins(), is_it) ||
         std::ranges::any_of(node.outs(), is_it);
}

void offer(Node& node, const Format& format, Faults& faults) {
  for (InFamily* family : node.in_families()) family->add();
  for (ParamBase* param : node.params())
    if (param->info().required && !param->assign("48 kHz") && !param->assign("-"))
      faults.push_back("'" + param->name() + "' is required, and takes neither a rate nor a text");
  if (node.ins().empty()) return;
  for (InPort* in : node.ins()) {
    Format offered = format;
    if (!in->media().empty()) offered.media = in->media();
    if (!in->codec().empty()) offered.codec = in->codec();
    PortWiring::set_spec(*in, {offered, 480});
    PortWiring::mark_connected(*in);
  }
  const Status status = node.configure();
  if (!status && (!names_a_part(node, status.error().where) || status.error().message.empty()))
    faults.push_back(to_string(format) + " is refused by an error that names no part: " + status.error().text());
}

void check_formats(std::string_view type, const Registry& registry, Faults& faults) {
  for (const double rate_hz : {8000.0, 11025.0, 44100.0, 96000.0, 768000.0})
    for (const int channels : {1, 2, 3, 6, 64})
      for (const char* codec : {"", "mp3", "pcm_alaw", "nonsense"})
        offer(*registry.make(type), {.media = "audio", .codec = codec, .rate_hz = rate_hz, .channels = channels},
              faults);
}

}  // namespace

std::vector<std::string> broken_rules(std::string_view type, const Registry& registry) {
  if (!registry.contains(type)) return {"there is no node type '" + std::string(type) + "'"};
  Faults faults;
  check_ranges(*registry.make(type), faults);
  check_names(registry.describe(type), *registry.make(type), faults);
  check_formats(type, registry, faults);
  return faults;
}

}  // namespace sluice
