// The verbs of the command line. Each returns the exit status: 0 done, 1 failed while running, 2 bad usage or graph.
#pragma once

#include <string>

#include "apps/common/load_graph.h"

namespace sluice::apps {

struct RunCommand {
  GraphRequest graph;
  std::string run_for;  // a duration; empty: until the end or a signal
  bool json = false;
  bool quiet = false;
  int threads = 0;  // workers of each pool; 0: the default
};
int run(const RunCommand& command);

int check(const GraphRequest& graph, bool json);
int dot(const GraphRequest& graph);

enum class CatalogueForm { text, json, markdown };
// Without a type: all of them.
int nodes(const std::string& type, CatalogueForm form);

int devices(bool json);

}  // namespace sluice::apps
