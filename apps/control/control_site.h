// What a control plane answers about one session.
//   GET /              the page: the live graph, latency, levels, drops
//   GET /metrics       Prometheus text
//   GET /graph.json    the graph and, in "run", what it counts
//   GET /healthz       200 {"ok":true}, 503 {"ok":false,"faults":[...]}
//   GET /params[/NODE[/PARAM]], PUT /params/NODE/PARAM   text as in a graph file, or JSON
//   POST /apply        a new graph: what changed, or the errors with their places
//   WebSocket /events  what happens (events.h), and once a second {"event":"run", ...}
// Refusals are {"error": message}, with what is allowed.
#pragma once

#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "apps/control/access.h"
#include "apps/control/events.h"
#include "apps/control/health.h"
#include "apps/control/http_server.h"
#include "engine/run/session.h"

namespace sluice::control {

class ControlSite final : public Site {
 public:
  // `session` outlives the site.
  ControlSite(Session& session, Access access) : session_(session), access_(std::move(access)) {}

  std::optional<Response> refuse(const Request& request) override { return access_.refuse(request); }
  Response answer(const Request& request) override;
  // An edit waits for nodes that are prepared and drained.
  bool takes_long(const Request& request) const override { return request.path == "/apply"; }
  std::vector<std::string> events() override;
  std::string greeting() override;

 private:
  Response metrics() const;
  Response graph() const;
  Response healthz() const;
  Response params(const Request& request);
  Response set_param(const Request& request, const std::string& node, const std::string& param);
  Response apply(const Request& request);
  void tell(nlohmann::json event);

  Session& session_;
  const Access access_;
  // Of the server's thread.
  Health health_;
  EventWatch watch_;
  std::optional<Time> last_snapshot_;
  std::mutex mutex_;
  std::vector<std::string> told_;  // guarded by mutex_: events of requests, to be sent next
};

}  // namespace sluice::control
