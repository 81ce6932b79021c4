// Which nodes convert one format into another, found in the registry by what they declare. Internal to the graph room.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/graph/build.h"
#include "engine/graph/report.h"

namespace sluice {

// A node that would stand between two ports.
struct Converter {
  std::string type;
  std::string param, value;  // to be set; empty: none
  bool composite = false;    // can be named but not inserted
};

// "channels(channels=1) -> resample(rate=48000)"
std::string to_string(const std::vector<Converter>& chain);

// Makes the node and puts it into link `l`, which then leads from it; the way to it is a new link, the last one. Gives
// the node's index; none, reported, when its parameters are wrong. The node has yet to be put in order and configured.
std::optional<std::size_t> put_between(BuiltGraph& graph, const Registry& registry, std::size_t l,
                                       const Converter& converter, Report& report);

class Converters {
 public:
  Converters(const Registry& registry, std::function<std::vector<Descriptor>()> composites)
      : registry_(registry), composites_(std::move(composites)) {}

  // One that takes `from` and gives what `to` declares: a decoder, an encoder, a synthesis. Exact codecs before open
  // ones.
  // At most one: what no single node converts is not guessed.
  std::vector<Converter> of_payload(const Format& from, const InPort& to);
  // Those that change what differs between formats of the same payload: nodes with a parameter "rate" or "channels".
  // Of both, channels come first when they become fewer: it saves work. Empty when one is missing.
  std::vector<Converter> of_shape(const Format& from, const Format& to);

 private:
  void collect();
  std::optional<Converter> with_param(const std::string& media, const std::string& param, double value);

  const Registry& registry_;
  std::function<std::vector<Descriptor>()> composites_;
  bool collected_ = false;
  std::vector<Descriptor> nodes_;  // one input, one output
  std::vector<Descriptor> graphs_;
};

}  // namespace sluice
