// sluice: runs, checks and shows graphs.
#include <CLI/CLI.hpp>

#include "apps/common/program.h"
#include "apps/sluice/verbs.h"

int main(int argc, char** argv) {
  using namespace sluice::apps;
  CLI::App app{"sluice: real-time streaming dataflow. A graph file connects nodes by links."};
  app.set_version_flag("--version", "sluice " SLUICE_VERSION);
  app.require_subcommand(1);
  Command chosen;
  for (const auto add : {add_run, add_check, add_bench, add_dot, add_nodes, add_devices, add_record, add_replay,
                         add_top, add_apply, add_trace})
    add(app, chosen);
  return run_program(app, argc, argv, [&] { return chosen(); });
}
