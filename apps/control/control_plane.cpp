#include "apps/control/control_plane.h"

#include "apps/control/control_site.h"
#include "apps/control/http_server.h"

namespace sluice::control {

struct ControlPlane::Impl {
  Impl(Session& session, Access access, std::unique_ptr<HttpServer> listening)
      : site(session, std::move(access)), server(std::move(listening)), address(server->address()) {}
  ControlSite site;
  std::unique_ptr<HttpServer> server;
  Address address;
};

ControlPlane::ControlPlane(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ControlPlane::~ControlPlane() = default;

Result<std::unique_ptr<ControlPlane>> ControlPlane::open(const Address& address, Session& session) {
  Result<std::string> token = token_of_environment();
  if (!token) return std::unexpected(token.error());
  if (!address.loopback() && token->empty())
    return std::unexpected(Error{"--control", address.text() + ": others can get there, so it needs a token: set "
                                                               "SLUICE_CONTROL_TOKEN or SLUICE_CONTROL_TOKEN_FILE"});
  auto server = HttpServer::open(address);
  if (!server) return std::unexpected(server.error());
  auto impl = std::make_unique<Impl>(session, Access(address.loopback(), std::move(*token)), std::move(*server));
  return std::unique_ptr<ControlPlane>(new ControlPlane(std::move(impl)));
}

void ControlPlane::serve() {
  impl_->server->serve(impl_->site);
}

void ControlPlane::stop() {
  impl_->server.reset();
}

const Address& ControlPlane::address() const {
  return impl_->address;
}

}  // namespace sluice::control
