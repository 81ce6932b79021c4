// Where programs find graph files.
#pragma once

#include <string>
#include <vector>

namespace sluice::apps {

// Folders of graphs that serve as nodes, in order: those of $SLUICE_GRAPHS (separated by ':'), then the one that came
// with the program, <program>/../share/sluice/graphs (the build tree has it too).
std::vector<std::string> graph_path();

// `name` itself when it is there, else NAME or NAME.yaml along the graph path, else `name`: its absence is reported
// later.
std::string find_graph(const std::string& name);
// The same along the graph path only: what a program runs does not depend on the folder where it is called.
std::string find_own_graph(const std::string& name);

}  // namespace sluice::apps
