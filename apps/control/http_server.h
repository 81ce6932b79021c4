// An HTTP/1.1 server for a few clients: requests one after another on kept connections, and WebSockets that are sent
// events. Limits on everything a stranger can make grow, and a time limit on every step. RFC 9110, 9112, 6455.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/control/address.h"
#include "apps/control/http.h"
#include "engine/core/result.h"

namespace sluice::control {

// What a server serves. Called on the server's thread, unless said otherwise.
class Site {
 public:
  virtual ~Site() = default;
  // Nothing when the request may be answered, or its WebSocket opened; looked at first.
  virtual std::optional<Response> refuse(const Request& request) = 0;
  virtual Response answer(const Request& request) = 0;
  // True for what would keep others waiting: answer() is then called on a thread of its own, one at a time.
  virtual bool takes_long(const Request&) const { return false; }
  // About four times a second: what every WebSocket is to be sent, and what a new one is sent first.
  virtual std::vector<std::string> events() = 0;
  virtual std::string greeting() = 0;
};

struct HttpLimits {
  std::size_t connections = 64;                     // more are refused with 503
  std::size_t header_bytes = 8 * 1024;              // 431
  std::size_t body_bytes = 1024 * 1024;             // 413; a graph of thousands of nodes
  std::size_t event_bytes = 1024 * 1024;            // waiting for one WebSocket; a slower reader is disconnected
  std::chrono::milliseconds request_time{10'000};   // to send a request, and to take its answer
  std::chrono::milliseconds waiting_time{120'000};  // between two requests of a connection
};

// Every WebSocket connection is at "/events"; every other request goes to the site.
class HttpServer {
 public:
  // Binds and listens; clients wait until serve(). Errors: an address that is not this machine's, a port in use.
  static Result<std::unique_ptr<HttpServer>> open(const Address& address, const HttpLimits& limits = {});
  ~HttpServer();  // closes all connections; waits for answers under way

  void serve(Site& site);          // once; `site` outlives the server
  const Address& address() const;  // as bound: with the port that was found for 0

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::control
