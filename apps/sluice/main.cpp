// sluice: runs, checks and shows graphs.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>

#include "apps/common/program.h"
#include "apps/common/run.h"
#include "apps/sluice/verbs.h"
#include "engine/graph/report.h"

namespace {

// The first word that is no option must be a verb; what is wrong with another one, or nothing.
std::string wrong_verb(const CLI::App& app, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return {};
  const std::string word = argv[1];
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app.get_subcommands({})) verbs.push_back(verb->get_name());
  if (std::ranges::find(verbs, word) != verbs.end()) return {};
  const std::string near = sluice::nearest(word, verbs);
  return fmt::format("unknown verb '{}'{} there are {}", word,
                     near.empty() ? ";" : fmt::format(": did you mean '{}'?", near), fmt::join(verbs, ", "));
}

}  // namespace

int main(int argc, char** argv) {
  using namespace sluice::apps;
  CLI::App app{"sluice: real-time streaming dataflow. A graph file connects nodes by links."};
  app.set_version_flag("--version", "sluice " SLUICE_VERSION);
  app.require_subcommand(1);
  Command chosen;
  for (const auto add : {add_run, add_check, add_bench, add_dot, add_nodes, add_devices, add_record, add_replay,
                         add_top, add_apply, add_trace})
    add(app, chosen);
  if (const std::string wrong = wrong_verb(app, argc, argv); !wrong.empty()) {
    fmt::print(stderr, "error: {}\n", wrong);
    return kBadUsage;
  }
  return run_program(app, argc, argv, [&] { return chosen(); });
}
