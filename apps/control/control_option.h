// --control, as every program that runs a graph takes it.
#pragma once

#include <memory>
#include <string>

#include "apps/common/run.h"
#include "apps/control/control_plane.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace sluice::control {

class ControlOption {
 public:
  // `this` lives as long as `app` parses.
  void add_to(CLI::App& app);

  // Opens the control plane when it was asked for, and has `view` serve it while the graph runs. Nothing to hold when
  // it was not asked for. Keep what is returned until the session is over.
  Result<std::unique_ptr<ControlPlane>> open(Session& session, apps::RunView& view) const;

 private:
  std::string text_;
  CLI::Option* option_ = nullptr;
};

}  // namespace sluice::control
