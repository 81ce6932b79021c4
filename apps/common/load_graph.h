// From a program's arguments to a plan: text, build, negotiation, compilation, with every error.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/result.h"
#include "engine/graph/front.h"
#include "engine/graph/plan.h"

namespace sluice::apps {

struct GraphRequest {
  std::string file;  // a graph file, or the name of one along the graph path
  std::string line;  // the one-line form; used when not empty
  std::map<std::string, std::string> vars;
  std::vector<std::pair<std::string, std::string>> replacements;
  std::vector<std::string> additions = {};  // further chains in the one-line form
  std::string text = {};                    // the YAML form itself, called `file` in messages; used when not empty
  std::vector<std::string> plugins = {};    // files; loaded before the graph is read
  bool loads_plugins = true;  // those that the graph file names; else they must be loaded already, by a running program
  // What `sluice bench` wrote; empty: none; not said: the file beside the graph, if it is of just this graph and
  // machine.
  std::optional<std::string> costs = {};
};

// "bitrate=128" as --set gives it, "mic=tone -> pace" as --replace does. An error says what the form is.
Result<std::pair<std::string, std::string>> split_assignment(const std::string& text, const std::string& option);

// How the front end is to read: the request's values, the graph path, the process's environment.
FrontOptions front_options(const GraphRequest& request);

enum class OpenPorts {
  refuse,  // a graph that is a part for other graphs cannot run by itself
  close,   // for looking at it: a tone at every open input, a discard at every open output
};

// Opens no device, socket or model. The plan's diagnostics hold what is wrong; it may be run when plan.ok().
Plan load_graph(const GraphRequest& request, OpenPorts open_ports);

// "file:line:column: error: message", one a line, to stderr.
void print_diagnostics(const std::vector<Diagnostic>& diagnostics);
// The same for a program whose user never wrote a graph: what a node found wrong, without the place.
void print_causes(const std::vector<Diagnostic>& diagnostics);

}  // namespace sluice::apps
