// The registry: node types by name, each with a factory and a descriptor read off one instance.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/node/param.h"

namespace sluice {

class Node;

struct PortInfo {
  std::string name, doc, media, codec;
  bool optional = false;
  bool many = false;  // each link makes one more
};

struct Descriptor {
  std::string type, doc;
  std::vector<PortInfo> ins, outs;
  std::vector<ParamInfo> params;
  std::vector<std::string> counters;
  bool realtime = true;
  std::string plugin = {};  // the file it came from; empty: built in
};

// What REGISTER_NODE leaves in the program or plug-in: constant data, so that loading a library runs none of its code.
struct NodeRecord {
  const char* type;
  const char* doc;
  Node* (*make)();  // the caller owns the node
};

// Not thread-safe while types are added; afterwards any thread may ask.
class Registry {
 public:
  using Factory = std::function<std::unique_ptr<Node>()>;

  // The process-wide registry: the nodes that were linked in, and those of plug-ins as they are loaded.
  static Registry& global();

  // False, and nothing is added, when there is such a type already. `plugin`: the file that it comes from.
  bool add(std::string type, std::string doc, Factory factory, std::string plugin = {});
  bool add(const NodeRecord& record, std::string plugin = {});
  bool contains(std::string_view type) const { return entries_.contains(type); }
  std::unique_ptr<Node> make(std::string_view type) const;  // null when unknown
  Descriptor describe(std::string_view type) const;         // of a known type
  std::vector<std::string> types() const;                   // sorted
  bool has_plugin(std::string_view file) const;             // some type comes from that file

 private:
  struct Entry {
    std::string doc;
    Factory factory;
    std::string plugin;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

template <typename N>
Node* make_node() {
  return new N;
}

}  // namespace sluice

// REGISTER_NODE(Class, "family.name", "one sentence for the catalogue") at the end of a node's file. The linker gathers
// the addresses of all records in one section, of which it knows beginning and end (GNU ld manual, "Orphan Sections").
#define REGISTER_NODE(Class, type, doc)                                                                   \
  static constexpr ::sluice::NodeRecord record_of_##Class{type, doc, &::sluice::make_node<Class>};        \
  [[gnu::section("sluice_nodes"), gnu::used]] static const ::sluice::NodeRecord* const entry_of_##Class = \
      &record_of_##Class;

// The records of the program or plug-in that this is compiled into; null when it has none.
extern "C" {
[[gnu::weak, gnu::visibility("hidden")]] extern const sluice::NodeRecord* const __start_sluice_nodes[];
[[gnu::weak, gnu::visibility("hidden")]] extern const sluice::NodeRecord* const __stop_sluice_nodes[];
}
