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
};

class Registry {
 public:
  using Factory = std::function<std::unique_ptr<Node>()>;

  // The process-wide registry that REGISTER_NODE fills before main().
  static Registry& global();

  void add(std::string type, std::string doc, Factory factory);
  bool contains(std::string_view type) const { return entries_.contains(type); }
  std::unique_ptr<Node> make(std::string_view type) const;  // null when unknown
  Descriptor describe(std::string_view type) const;         // of a known type
  std::vector<std::string> types() const;                   // sorted

 private:
  struct Entry {
    std::string doc;
    Factory factory;
  };
  std::map<std::string, Entry, std::less<>> entries_;
};

struct Registration {
  template <typename N>
  static Registration of(std::string type, std::string doc) {
    Registry::global().add(std::move(type), std::move(doc), [] { return std::make_unique<N>(); });
    return {};
  }
};

}  // namespace sluice

// REGISTER_NODE(Class, "family.name", "one sentence for the catalogue") at the end of a node's file.
#define REGISTER_NODE(Class, type, doc) \
  static const ::sluice::Registration registration_of_##Class = ::sluice::Registration::of<Class>(type, doc);
