// The outermost part of every program: the command line, and what is left to say when something goes wrong.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace sluice::apps {

// Parses, then runs `command` and returns its exit status. Prints help, version and usage errors; an exception that
// reaches this place is an error while running.
int run_program(CLI::App& app, int argc, char** argv, const std::function<int()>& command);

}  // namespace sluice::apps
