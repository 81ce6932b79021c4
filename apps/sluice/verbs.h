// The verbs of the command line, one file each. Each adds itself to the parser; parsing chooses one.
#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace sluice::apps {

// What the parsed command line asks for; returns the exit status: 0 done, 1 failed while running, 2 bad usage or graph.
using Command = std::function<int()>;

void add_run(CLI::App& app, Command& chosen);
void add_check(CLI::App& app, Command& chosen);
void add_bench(CLI::App& app, Command& chosen);
void add_dot(CLI::App& app, Command& chosen);
void add_nodes(CLI::App& app, Command& chosen);
void add_devices(CLI::App& app, Command& chosen);
void add_record(CLI::App& app, Command& chosen);
void add_replay(CLI::App& app, Command& chosen);
void add_top(CLI::App& app, Command& chosen);
void add_apply(CLI::App& app, Command& chosen);
void add_trace(CLI::App& app, Command& chosen);

}  // namespace sluice::apps
