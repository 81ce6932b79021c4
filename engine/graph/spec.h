// What a graph text says, before anything is built: plain data, every item with its place in the text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/core/clock.h"

namespace sluice {

struct Mark {
  std::string file;          // as given on the command line; "-e" for the one-line form
  int line = 0, column = 0;  // 1-based; 0: no place
};

struct Diagnostic {
  Mark mark;
  std::string message;  // what is wrong, what is allowed, the nearest right name
  bool warning = false;
  std::string cause = {};  // what a node found wrong, without its place in the graph
};

// "file:line:column: error: message", the form that editors jump to.
std::string to_string(const Diagnostic& diagnostic);
bool has_errors(const std::vector<Diagnostic>& diagnostics);
// All of `first`, and those of `second` whose place `first` has not complained about; in order of place.
std::vector<Diagnostic> merge(std::vector<Diagnostic> first, const std::vector<Diagnostic>& second);

enum class Overload {
  wait,    // back-pressure: the producer waits
  shed,    // the oldest blocks are dropped up to the next independent one, which carries the gap on
  latest,  // one block waits, and a newer independent one takes its place: for partials and pictures
  fail,    // a full border ends the graph with an error
};

const char* to_string(Overload overload);  // as it stands in a graph file: "wait", "shed", "latest", "fail"

// Whose workers run a node: those of real-time nodes, or the others.
enum class Priority { automatic, realtime, background };

const char* to_string(Priority priority);  // as it stands in a graph file: "auto", "realtime", "background"

struct ParamSpec {
  std::string name;
  std::string value;
  Mark mark;  // of the value
  Mark name_mark;
  std::string origin;  // where the value came from when it does not stand at `mark`: "--set bitrate"
};

// Overrides of the island compiler for one node.
struct Placement {
  bool cut = false;        // a border before this node
  bool fuse = false;       // no border before this node, if that is possible at all
  std::optional<int> pin;  // the CPU that runs this node's island, counted from 0
  Priority priority = Priority::automatic;
};

struct NodeSpec {
  std::string name;  // "mic"; nodes of a composite: "enc/bank"
  std::string type;
  Mark mark;       // of the name
  Mark type_mark;  // of the type; no place: as `mark`
  std::vector<ParamSpec> params;
  Placement placement;
  std::string base_dir;  // folder of the file it came from: relative paths that are absent in the working folder are
                         // looked up here
};

struct Endpoint {
  std::string node;  // empty: a node that was reported; the link only says that its other end is connected
  std::string port;  // empty: the node's only (or first) port
  Mark mark;
};

struct LinkSpec {
  Endpoint from, to;
  std::optional<Overload> on_overrun;  // else the graph's
  bool cut = false;                    // a border on this link
};

// A port that a composite offers to the graph that uses it. A top graph that has open ports is a part, not a whole.
struct OpenPort {
  std::string name;
  bool input = true;
  std::vector<Endpoint> ends;  // one for an output; an input may feed several nodes
  Mark mark;
};

// A flat graph: composites expanded, variables substituted.
struct GraphSpec {
  std::string name;
  Mark mark;
  std::optional<Duration> budget;
  Mark budget_mark;
  std::optional<Overload> on_overrun;
  bool auto_convert = false;
  std::vector<NodeSpec> nodes;
  std::vector<LinkSpec> links;
  std::vector<OpenPort> open;
};

}  // namespace sluice
