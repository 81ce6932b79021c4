// GraphSpec -> connected, negotiated nodes: instances with their parameters, ports and formats, in topological order.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph/spec.h"
#include "engine/node/node.h"

namespace sluice {

struct BuiltNode {
  NodeSpec spec;
  std::shared_ptr<Node> node;  // shared: a changed graph is built aside with the running one's nodes that it keeps
  std::optional<std::size_t> follows{};  // of a clock bridge: the node whose clock its output goes by
};

struct BuiltLink {
  std::size_t from = 0;  // index into nodes
  OutPort* out = nullptr;
  std::size_t to = 0;
  InPort* in = nullptr;
  LinkSpec spec;
};

struct BuiltGraph {
  GraphSpec spec;
  std::vector<BuiltNode> nodes;
  std::vector<BuiltLink> links;
  std::vector<std::size_t> order;  // topological: sources first
  std::vector<Diagnostic> diagnostics;
  const Registry* registry = nullptr;  // that it was built from
  bool ok() const { return !has_errors(diagnostics); }
};

// Instantiates, assigns parameters, connects ports, negotiates formats (Node::configure). Opens nothing.
// All problems are reported together, each with its place. Not real-time safe.
// Open ports of the spec may stay unconnected; what lies behind an open input is not negotiated.
// `composites` is asked when two formats do not meet, to name the composite that would convert.
BuiltGraph build_graph(GraphSpec spec, const Registry& registry,
                       const std::function<std::vector<Descriptor>()>& composites = {});

}  // namespace sluice
