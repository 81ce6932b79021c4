#include "engine/node/registry.h"

#include <algorithm>

#include <cassert>

#include "engine/node/node.h"

namespace sluice {

Registry& Registry::global() {
  static Registry registry = [] {
    Registry linked;
    for (const NodeRecord* const* record = __start_sluice_nodes; record != __stop_sluice_nodes; ++record) {
      [[maybe_unused]] const bool fresh = linked.add(**record);
      assert(fresh && "two nodes registered under one type");
    }
    return linked;
  }();
  return registry;
}

bool Registry::add(std::string type, std::string doc, Factory factory, std::string plugin) {
  return entries_.try_emplace(std::move(type), Entry{std::move(doc), std::move(factory), std::move(plugin)}).second;
}

bool Registry::add(const NodeRecord& record, std::string plugin) {
  return add(
      record.type, record.doc, [make = record.make] { return std::unique_ptr<Node>(make()); }, std::move(plugin));
}

std::unique_ptr<Node> Registry::make(std::string_view type) const {
  const auto found = entries_.find(type);
  return found == entries_.end() ? nullptr : found->second.factory();
}

Descriptor Registry::describe(std::string_view type) const {
  const Entry& entry = entries_.find(type)->second;
  const std::unique_ptr<Node> node = entry.factory();
  Descriptor d{.type = std::string(type),
               .doc = entry.doc,
               .ins = {},
               .outs = {},
               .params = {},
               .counters = {},
               .realtime = node->traits().realtime,
               .plugin = entry.plugin};
  for (const InPort* in : node->ins())
    d.ins.push_back({in->name(), in->doc(), in->media(), in->codec(), in->optional()});
  for (InFamily* family : node->in_families()) {
    const InPort& one = family->add();
    d.ins.push_back({family->name(), family->doc(), one.media(), one.codec(), false, true});
  }
  for (const OutPort* out : node->outs())
    d.outs.push_back({out->name(), out->doc(), out->media(), out->codec(), out->optional()});
  for (const ParamBase* param : node->params()) d.params.push_back(param->info());
  for (const Counter* counter : node->counters()) d.counters.push_back(counter->name());
  return d;
}

bool Registry::has_plugin(std::string_view file) const {
  return std::ranges::any_of(entries_, [&](const auto& entry) { return entry.second.plugin == file; });
}

std::vector<std::string> Registry::types() const {
  std::vector<std::string> names;
  for (const auto& [type, entry] : entries_) names.push_back(type);
  return names;
}

}  // namespace sluice
