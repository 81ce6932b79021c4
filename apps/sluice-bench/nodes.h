// The nodes of the workloads. They do as little as can be: what is measured is the engine around them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "apps/sluice-bench/measure.h"
#include "engine/node/node.h"

namespace sluice::bench {

// "bench.sink": hands every block to the Arrivals that the program gives it before the start.
class BenchSink final : public Node {
 public:
  In<float> in{*this, "in", "stamped audio"};
  Param<bool> blocking{*this, "blocking", {.default_value = false, .doc = "it waits for its blocks' time"}};

  Traits traits() const override { return {.realtime = !blocking}; }
  Status configure() override { return {}; }
  void process() REALTIME override;

  void watch(Arrivals& arrivals) { arrivals_ = &arrivals; }

 private:
  Arrivals* arrivals_ = nullptr;
};

// "bench.join": waits for a block on each input and emits their sum.
class BenchJoin final : public Node {
 public:
  Ins<float> in{*this, "in", "stamped audio"};
  Out<float> out{*this, "out", "their sum"};

  Status configure() override;
  bool ready() const noexcept override;
  void process() REALTIME override;

  std::uint64_t join_errors() const noexcept { return join_errors_; }  // after the run

 private:
  std::vector<const float*> inputs_;
  std::uint64_t join_errors_ = 0;
};

}  // namespace sluice::bench
