#include "engine/graph/print.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/core/quantity.h"

namespace sluice {
namespace {

std::string plain(std::string name) {
  std::ranges::replace(name, '/', '_');
  return name;
}

// A double-quoted YAML scalar, with `$` doubled: the text is final, not to be substituted again.
std::string scalar(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '$') out += '$';
    if (static_cast<unsigned char>(c) < 0x20)
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    else
      out += c;
  }
  return out + "\"";
}

std::string latency(const GraphSpec& spec) {
  std::string inside;
  if (spec.budget) inside = "budget: " + format_quantity(seconds(*spec.budget), "s");
  if (spec.on_overrun) inside += std::string(inside.empty() ? "" : ", ") + "on_overrun: " + to_string(*spec.on_overrun);
  return inside.empty() ? "" : "latency: { " + inside + " }\n";
}

std::string node(const NodeSpec& spec) {
  std::string text = fmt::format("  {}: {{ type: {}", plain(spec.name), spec.type);
  for (const ParamSpec& param : spec.params) text += fmt::format(", {}: {}", param.name, scalar(param.value));
  if (spec.placement.cut) text += ", cut: true";
  if (spec.placement.fuse) text += ", fuse: true";
  if (spec.placement.pin) text += fmt::format(", pin: {}", *spec.placement.pin);
  if (spec.placement.priority != Priority::automatic)
    text += fmt::format(", priority: {}", to_string(spec.placement.priority));
  return text + " }\n";
}

std::string end_of(const Endpoint& end) {
  return plain(end.node) + (end.port.empty() ? "" : "." + end.port);
}

std::string link(const LinkSpec& spec) {
  const std::string ends = end_of(spec.from) + " -> " + end_of(spec.to);
  if (!spec.on_overrun && !spec.cut) return "  - " + ends + "\n";
  return fmt::format("  - {{ link: {}{}{} }}\n", scalar(ends),
                     spec.on_overrun ? fmt::format(", on_overrun: {}", to_string(*spec.on_overrun)) : "",
                     spec.cut ? ", cut: true" : "");
}

}  // namespace

std::string to_yaml(const GraphSpec& spec, const std::vector<std::string>& plugins) {
  std::string text = "graph: " + spec.name + "\n" + latency(spec);
  if (!plugins.empty()) text += "plugins:\n";
  for (const std::string& file : plugins) text += "  - " + scalar(file) + "\n";
  if (spec.auto_convert) text += "auto_convert: true\n";
  text += "nodes:\n";
  for (const NodeSpec& n : spec.nodes) text += node(n);
  text += "links:\n";
  for (const LinkSpec& l : spec.links) text += link(l);
  return text;
}

}  // namespace sluice
