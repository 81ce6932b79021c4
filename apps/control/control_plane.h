// The control plane of a running graph: opened before the graph starts, served while it runs.
#pragma once

#include <memory>

#include "apps/control/address.h"
#include "engine/run/session.h"

namespace sluice::control {

// One thread of its own; a scrape takes no lock that a worker holds. All members: one thread.
class ControlPlane {
 public:
  // Binds the port. Beyond loopback a token is demanded (access.h), and on loopback one is used when there is one.
  // Errors: see HttpServer::open(); no token, or a bad one. `session` outlives the control plane.
  static Result<std::unique_ptr<ControlPlane>> open(const Address& address, Session& session);
  ~ControlPlane();

  void serve();  // once the session has started
  void stop();   // before the session is finished
  const Address& address() const;

 private:
  struct Impl;
  explicit ControlPlane(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice::control
