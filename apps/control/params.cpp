#include "apps/control/params.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/graph/report.h"

namespace sluice::control {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxValueBytes = 4096;

const BuiltNode* node_called(const BuiltGraph& graph, std::string_view name) {
  const auto found = std::ranges::find_if(graph.nodes, [&](const BuiltNode& built) { return built.spec.name == name; });
  return found == graph.nodes.end() ? nullptr : &*found;
}

std::string unknown(std::string_view what, std::string_view name, std::string_view of,
                    const std::vector<std::string>& known) {
  Report report;
  report.unknown({}, what, name, of, known);
  return report.take({}).front().message;
}

ParamPlace unknown_node(const BuiltGraph& graph, std::string_view name) {
  std::vector<std::string> names;
  for (const BuiltNode& built : graph.nodes) names.push_back(built.spec.name);
  return {.message = unknown("node", name, "", names)};
}

ParamPlace param_of(const BuiltNode& built, std::string_view name) {
  std::vector<std::string> names;
  for (const ParamBase* param : built.node->params()) {
    if (param->name() == name)
      return {.what = ParamPlace::What::param,
              .node = built.spec.name,
              .param = param->name(),
              .built = &built,
              .found = param};
    names.push_back(param->name());
  }
  return {.message = unknown("parameter", name, "of '" + built.spec.name + "'", names)};
}

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n"), end = text.find_last_not_of(" \t\r\n");
  return begin == std::string::npos ? std::string{} : text.substr(begin, end - begin + 1);
}

}  // namespace

ParamPlace find_param(const BuiltGraph& graph, std::string_view path) {
  if (path.empty()) return {.what = ParamPlace::What::all};
  if (const BuiltNode* built = node_called(graph, path))
    return {.what = ParamPlace::What::node, .node = built->spec.name, .param = {}, .built = built};
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return unknown_node(graph, path);
  const BuiltNode* built = node_called(graph, path.substr(0, slash));
  return built ? param_of(*built, path.substr(slash + 1)) : unknown_node(graph, path.substr(0, slash));
}

Result<std::string> value_text(const Request& request) {
  const auto refused = [](const char* message) { return std::unexpected(Error{"", message}); };
  if (request.body.size() > kMaxValueBytes) return refused("a value is at most 4096 bytes long");
  if (!request.content_type.starts_with("application/json")) {
    std::string text = trimmed(request.body);
    if (text.empty()) return refused("the body is the value, as a graph file would say it: -6 dB");
    return text;
  }
  json value = json::parse(request.body, nullptr, false);
  if (value.is_object() && value.contains("value")) value = json(value["value"]);
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return refused("a JSON value is a number, text, true, false, or {\"value\": one of these}");
}

}  // namespace sluice::control
