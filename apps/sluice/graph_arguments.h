// What every verb that takes a graph is told: the file or the line, and what is put into it.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "apps/common/load_graph.h"

namespace sluice::apps {

class GraphArguments {
 public:
  // Adds the arguments to `verb`. They live as long as the returned object.
  static std::shared_ptr<GraphArguments> add_to(CLI::App& verb);

  // After parsing. Throws CLI::ValidationError for a missing graph or a malformed assignment.
  GraphRequest request() const;

 private:
  std::string file_, line_;
  std::vector<std::string> set_, replace_, add_, plugins_;
};

}  // namespace sluice::apps
