#include "apps/control/control_site.h"

#include <fmt/format.h>

#include "apps/common/load_graph.h"
#include "apps/common/report_json.h"
#include "apps/control/graph_json.h"
#include "apps/control/metrics_text.h"
#include "apps/control/page.h"
#include "apps/control/params.h"
#include "apps/control/prometheus.h"
#include "nodes/net/kernels/web_text.h"

namespace sluice::control {
namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds kSnapshotPeriod{1'000};
constexpr const char* kPagePolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

std::string dumped(const json& value) {
  return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string one_line(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

Response page_part(const PagePart& part) {
  return {.status = 200,
          .body = std::string(part.text),
          .content_type = std::string(part.content_type),
          .fields = {{"Content-Security-Policy", kPagePolicy}, {"Referrer-Policy", "no-referrer"}}};
}

Response method_refused(const Request& request, const std::string& allowed) {
  Response response = refusal(405, fmt::format("{} takes {}", request.path, allowed));
  response.fields.emplace_back("Allow", allowed);
  return response;
}

json snapshot(const RunReport& report) {
  json run = apps::report_json(report);
  run["state"] = to_string(report.phase);
  return run;
}

json errors_json(const std::vector<Diagnostic>& diagnostics) {
  json errors = json::array();
  for (const Diagnostic& d : diagnostics)
    if (!d.warning)
      errors.push_back(
          {{"file", d.mark.file}, {"line", d.mark.line}, {"column", d.mark.column}, {"message", d.message}});
  return errors;
}

json to_json(const EditReport& report) {
  return {{"ok", true},
          {"kept", report.kept},
          {"replaced", report.replaced},
          {"added", report.added},
          {"removed", report.removed},
          {"changed", report.changed},
          {"unclean", report.unclean},
          {"held_ms", milliseconds(report.held)}};
}

}  // namespace

Response refusal(int status, const std::string& message) {
  return {.status = status, .body = dumped({{"error", message}})};
}

Response ControlSite::answer(const Request& request) {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (request.path == "/apply") return request.method == "POST" ? apply(request) : method_refused(request, "POST");
  if (request.path == "/params" || request.path.starts_with("/params/"))
    return reads || request.method == "PUT" ? params(request) : method_refused(request, "GET, HEAD, PUT");
  const PagePart* part = find_page_part(request.path);
  const bool known = part || request.path == "/metrics" || request.path == "/graph.json" || request.path == "/healthz";
  if (known && !reads) return method_refused(request, "GET, HEAD");
  if (part) return page_part(*part);
  if (request.path == "/metrics") return metrics();
  if (request.path == "/graph.json") return graph();
  if (request.path == "/healthz") return healthz();
  if (request.path == "/events") return refusal(426, "/events is a WebSocket");
  return refusal(404, "there are /, /metrics, /graph.json, /healthz, /params, /apply and /events");
}

Response ControlSite::metrics() const {
  PlanFacts facts;
  session_.inspect([&](const Plan& plan) { facts = facts_of(plan); });
  return {.status = 200,
          .body = metrics_text(session_.report(), facts, process_stats()),
          .content_type = std::string(kPrometheusContentType)};
}

Response ControlSite::graph() const {
  json graph;
  session_.inspect([&](const Plan& plan) { graph = graph_json(plan); });
  const ProcessStats process = process_stats();
  graph["version"] = SLUICE_VERSION;
  graph["run"] = snapshot(session_.report());
  graph["process"] = {{"cpu_s", process.cpu_s}, {"resident_bytes", process.resident_bytes}};
  return {.status = 200, .body = dumped(graph)};
}

Response ControlSite::healthz() const {
  const bool ok = health_.faults().empty();
  return {.status = ok ? 200 : 503, .body = dumped({{"ok", ok}, {"faults", health_.faults()}})};
}

Response ControlSite::params(const Request& request) {
  const std::string rest = request.path.size() > 8 ? request.path.substr(8) : std::string{};  // after "/params/"
  const bool writes = request.method == "PUT";
  json found;
  ParamPlace place;
  session_.inspect([&](const Plan& plan) {
    place = find_param(plan.graph, rest);
    if (place.what == ParamPlace::What::all)
      for (const BuiltNode& node : plan.graph.nodes) found.push_back(params_json(node));
    if (place.what == ParamPlace::What::node) found = params_json(*place.built);
    if (place.what == ParamPlace::What::param) found = param_json(*place.found);
  });
  if (place.what == ParamPlace::What::nothing) return refusal(404, place.message);
  if (!writes) return {.status = 200, .body = dumped(found)};
  if (place.what != ParamPlace::What::param) return method_refused(request, "GET, HEAD");
  return set_param(request, place.node, place.param);
}

Response ControlSite::set_param(const Request& request, const std::string& node, const std::string& param) {
  const Result<std::string> text = value_text(request);
  if (!text) return refusal(400, text.error().message);
  bool live = false;
  session_.inspect([&](const Plan& plan) {
    const ParamPlace place = find_param(plan.graph, node + "/" + param);
    live = place.found && place.found->info().live;
  });
  if (Status status = session_.set_param(node, param, *text); !status)
    return refusal(live ? 422 : 409, status.error().text());
  json value;
  session_.inspect([&](const Plan& plan) {
    const ParamPlace place = find_param(plan.graph, node + "/" + param);
    if (place.found) value = param_json(*place.found);
  });
  if (!value.is_null()) tell({{"event", "param"}, {"node", node}, {"param", param}, {"value", value["value"]}});
  return {.status = 200, .body = dumped(value)};
}

// ?name=FILE: what the graph is called in messages; relative paths in it are looked up in that file's folder too.
Response ControlSite::apply(const Request& request) {
  if (request.body.empty()) return refusal(400, "the body is the new graph, in its YAML form");
  const auto named = net::query_value(request.query, "name");
  const std::string name = net::percent_decode(named.value_or("graph")).value_or("graph");
  apps::GraphRequest wanted{.file = name, .line = {}, .vars = {}, .replacements = {}};
  wanted.text = request.body;
  wanted.loads_plugins = false;  // a request brings no code
  Plan plan = apps::load_graph(wanted, apps::OpenPorts::refuse);
  if (!plan.ok()) return {.status = 422, .body = dumped({{"ok", false}, {"errors", errors_json(plan.diagnostics())}})};
  const Result<EditReport> edited = session_.apply(std::move(plan));
  if (!edited) {
    const json errors = json::array({{{"message", edited.error().text()}}});
    return {.status = 409, .body = dumped({{"ok", false}, {"errors", errors}})};
  }
  json report = to_json(*edited);
  const Response response{.status = 200, .body = dumped(report)};
  report["event"] = "edit";
  tell(std::move(report));
  return response;
}

void ControlSite::tell(json event) {
  const std::lock_guard lock(mutex_);
  told_.push_back(one_line(event));
}

std::vector<std::string> ControlSite::events() {
  FaultCounters faults;
  session_.inspect([&](const Plan& plan) { faults = fault_counters_of(plan); });
  const RunReport report = session_.report();
  const Time now = MonotonicClock{}.now();
  health_.observe(now, report);
  std::vector<std::string> events;
  {
    const std::lock_guard lock(mutex_);
    events.swap(told_);
  }
  for (const json& event : watch_.observe(report, faults)) events.push_back(one_line(event));
  if (!last_snapshot_ || now - *last_snapshot_ >= kSnapshotPeriod) {
    events.push_back(greeting());
    last_snapshot_ = now;
  }
  return events;
}

std::string ControlSite::greeting() {
  json run = snapshot(session_.report());
  run["event"] = "run";
  run["faults"] = health_.faults();
  return one_line(run);
}

}  // namespace sluice::control
