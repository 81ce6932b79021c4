#include "apps/control/control_option.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

namespace sluice::control {

void ControlOption::add_to(CLI::App& app) {
  option_ = app.add_option("--control", text_,
                           "serve a page, metrics and live changes on [ADDRESS:]PORT, 127.0.0.1:8001 when nothing is "
                           "said; write it after the graph, or as --control=PORT");
  option_->expected(0, 1);
}

Result<std::unique_ptr<ControlPlane>> ControlOption::open(Session& session, apps::RunView& view) const {
  if (option_->empty()) return nullptr;
  const Result<Address> address = parse_address(text_);
  if (!address) return std::unexpected(address.error());
  auto plane = ControlPlane::open(*address, session);
  if (!plane) return plane;
  view.started = [opened = plane->get(), quiet = view.quiet, started = view.started] {
    opened->serve();
    if (!quiet) fmt::print(stderr, "control plane: http://{}/\n", opened->address().text());
    if (started) started();
  };
  view.ending = [opened = plane->get()] { opened->stop(); };
  return plane;
}

}  // namespace sluice::control
