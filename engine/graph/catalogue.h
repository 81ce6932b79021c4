// What a `type:` or `use:` may mean: registered nodes, and graph files that serve as nodes. Internal to the graph room.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/graph/document.h"
#include "engine/node/registry.h"

namespace sluice {

class Catalogue {
 public:
  Catalogue(const Registry& registry, std::vector<std::string> graph_path)
      : registry_(registry), graph_path_(std::move(graph_path)) {}

  // The descriptor of a registered type; null when there is none. Made once per type.
  const Descriptor* node(const std::string& type);
  // The file of a composite type ("mp3.encode" -> ".../mp3_encode.yaml"), looked for in `folder`, then along the graph
  // path.
  std::optional<std::string> composite(const std::string& type, const std::string& folder) const;
  // The file along the graph path that one in `folder` takes the place of, if there is another of that name. Told once.
  std::optional<std::string> shadowed(const std::string& type, const std::string& folder);
  // The file that `use: path` means: relative to `folder`, to the working folder, then along the graph path.
  std::optional<std::string> used_file(const std::string& path, const std::string& folder) const;
  bool knows(const std::string& type, const std::string& folder) { return node(type) || composite(type, folder); }
  // Every registered type, and the composites along the graph path: for suggestions.
  const std::vector<std::string>& types();

  // The composites along the graph path: type and file.
  std::vector<std::pair<std::string, std::string>> composites() const;

  // The parsed text of a graph file, read once; null when it cannot be had, which was reported (at `mark` when
  // unreadable).
  const Document* document(const std::string& path, const Mark& mark, Report& report);

 private:
  std::optional<std::string> shipped(const std::string& type) const;  // the file along the graph path

  const Registry& registry_;
  std::vector<std::string> graph_path_;
  std::map<std::string, Descriptor> descriptors_;
  std::map<std::string, std::unique_ptr<Document>> documents_;  // by path; null: broken
  std::vector<std::string> types_;
  std::set<std::pair<std::string, std::string>> told_;  // types and folders whose shadows were looked for
};

}  // namespace sluice
