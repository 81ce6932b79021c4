// Text -> GraphSpec: the YAML form, the one-line form, variables, composites, replacements.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/graph/spec.h"
#include "engine/node/registry.h"

namespace sluice {

struct FrontOptions {
  std::map<std::string, std::string> vars;  // --set name=value; each must be a variable of the graph
  std::vector<std::pair<std::string, std::string>> replacements;  // --replace NODE=CHAIN, CHAIN in the one-line form
  std::vector<std::string> additions =
      {};  // --add CHAIN: further chains, in the one-line form, that may name the graph's nodes
  std::vector<std::string>
      graph_path;  // folders where composites are looked for, in order, after the file's own folder
  std::function<const char*(const char*)>
      environment;  // getenv unless a test says otherwise; vars may say `${env:NAME}`
  // Loads a plug-in that a graph file names under `plugins` into the registry; its error does not repeat the place.
  // Without it only those that are loaded already may be named: a plug-in is code.
  std::function<Status(const std::string& file)> load_plugin = {};
};

struct Parsed {
  GraphSpec spec;
  std::vector<Diagnostic> diagnostics;  // every error of the text, in order of place
  bool ok() const { return !has_errors(diagnostics); }
};

// Never throws, never loops, never grows without bound on any input. Not real-time safe.
Parsed parse_graph_file(const std::string& path, const Registry& registry, const FrontOptions& options);
Parsed parse_graph_yaml(std::string_view text, const std::string& file, const Registry& registry,
                        const FrontOptions& options);
Parsed parse_graph_line(std::string_view text, const Registry& registry, const FrontOptions& options);  // the -e form

// The graph files along the graph path that serve as nodes ("mp3.encode"), described as nodes are: their variables are
// their parameters, with the range and meaning of the inner parameter that each one feeds.
std::vector<Descriptor> composite_nodes(const Registry& registry, const FrontOptions& options);

}  // namespace sluice
