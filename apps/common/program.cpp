#include "apps/common/program.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <exception>

#include "apps/common/run.h"

namespace sluice::apps {

int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& command) {
  try {
    app.parse(argc, argv);
    return command();
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kDone : kBadUsage;
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kFailedWhileRunning;
  }
}

}  // namespace sluice::apps
