// Nodes that follow clocks, block, delay and queue as their parameters say, and plans made of them: for the tests of
// islands and latency. Audio at 48 kHz, mono, blocks of `block` (10 ms unless told otherwise).
#pragma once

#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "engine/graph/front.h"
#include "engine/graph/plan.h"

namespace sluice {

// A node's timing as parameters.
struct Timing {
  explicit Timing(Node& owner)
      : delay{owner, "delay", {.unit = "s", .default_value = 0, .min = 0, .max = 10, .doc = "algorithmic"}},
        queue{owner, "queue", {.unit = "s", .default_value = 0, .min = 0, .max = 10, .doc = "inside the node"}} {}
  Param<double> delay, queue;
};

// "free", "device": audio out, as fast as it is let, or paced by hardware.
template <ClockDomain clock>
class TimedSource final : public Node {
 public:
  Out<float> out{*this, "out", "audio"};
  Timing timing{*this};
  Param<double> block{*this, "block", {.unit = "s", .default_value = 0.01, .min = 0.001, .max = 1, .doc = "a block"}};
  Traits traits() const override { return {.realtime = true, .clock = clock}; }
  std::string clock_name() const override { return "sound card"; }
  Status configure() override {
    set_delay(from_seconds(timing.delay));
    set_queueing(from_seconds(timing.queue));
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = 48000, .channels = 1},
                 static_cast<std::int64_t>(block * 48000 + 0.5));
    return {};
  }
};

// "pass", "blocking": one audio stream through; the second may block.
template <bool realtime>
class TimedPass final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Timing timing{*this};
  Param<double> run_time_of{
      *this, "run_time", {.unit = "s", .default_value = 0, .min = 0, .max = 1, .doc = "declared; 0: not"}};
  Traits traits() const override { return {.realtime = realtime}; }
  Status configure() override {
    if (run_time_of > 0) set_run_time(from_seconds(run_time_of));
    set_delay(from_seconds(timing.delay));
    set_queueing(from_seconds(timing.queue));
    out.set_spec(in.spec());
    return {};
  }
};

// "spread": passes audio on, 20 ms later for each of its `depth` but the first.
class TimedSpread final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Param<int> depth{*this, "depth", {.default_value = 4, .min = 1, .max = 8, .doc = "blocks"}};
  Status configure() override {
    constexpr Duration kStep = std::chrono::milliseconds(20);
    set_delay((depth - 1) * kStep);
    leave_to_budget(depth, kStep);
    out.set_spec(in.spec());
    return {};
  }
};

// "bridge": holds its stream back by `queue` for the clock downstream.
class TimedBridge final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Timing timing{*this};
  Traits traits() const override { return {.realtime = true, .bridges_clocks = true}; }
  Status configure() override {
    set_delay(from_seconds(timing.delay));
    set_queueing(from_seconds(timing.queue));
    out.set_spec(in.spec());
    return {};
  }
};

// "reblock": the same audio in blocks of another length.
class TimedReblock final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Param<double> block{*this, "block", {.unit = "s", .default_value = 0.01, .min = 0.001, .max = 1, .doc = "a block"}};
  Status configure() override {
    out.set_spec(in.format(), static_cast<std::int64_t>(block * in.format().rate_hz + 0.5));
    return {};
  }
};

// "pacer": stamps its blocks afresh, at the pace of the wall clock.
class TimedPacer final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Traits traits() const override { return {.realtime = true, .clock = ClockDomain::wall, .stamps = true}; }
  bool self_driven() const override { return true; }
  Status configure() override {
    set_delay(in.spec().block_period());
    out.set_spec(in.spec());
    return {};
  }
};

class TimedMix final : public Node {
 public:
  Ins<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Status configure() override {
    out.set_spec(in[0].spec());
    return {};
  }
};

// "file", "socket", "speaker": ends of a stream that are real-time, may block, or pull by a device's clock.
template <bool realtime, ClockDomain clock = ClockDomain::none>
class TimedSink final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Timing timing{*this};
  Traits traits() const override { return {.realtime = realtime, .clock = clock}; }
  std::string clock_name() const override { return "sound card"; }
  bool self_driven() const override { return clock == ClockDomain::device; }
  Status configure() override {
    set_delay(from_seconds(timing.delay));
    set_queueing(from_seconds(timing.queue));
    return {};
  }
};

inline const Registry& timed_registry() {
  static const Registry registry = [] {
    Registry r;
    r.add("free", "source", [] { return std::make_unique<TimedSource<ClockDomain::none>>(); });
    r.add("device", "source", [] { return std::make_unique<TimedSource<ClockDomain::device>>(); });
    r.add("pass", "passes", [] { return std::make_unique<TimedPass<true>>(); });
    r.add("blocking", "passes", [] { return std::make_unique<TimedPass<false>>(); });
    r.add("spread", "delays", [] { return std::make_unique<TimedSpread>(); });
    r.add("bridge", "joins clocks", [] { return std::make_unique<TimedBridge>(); });
    r.add("reblock", "cuts anew", [] { return std::make_unique<TimedReblock>(); });
    r.add("pacer", "paces", [] { return std::make_unique<TimedPacer>(); });
    r.add("mix", "sums", [] { return std::make_unique<TimedMix>(); });
    r.add("end", "sink", [] { return std::make_unique<TimedSink<true>>(); });
    r.add("socket", "sink", [] { return std::make_unique<TimedSink<false>>(); });
    r.add("speaker", "sink", [] { return std::make_unique<TimedSink<true, ClockDomain::device>>(); });
    return r;
  }();
  return registry;
}

// The plan of a graph text, which has no errors before the latency analysis.
inline Plan plan_of(std::string_view yaml, const Costs* costs = nullptr) {
  Parsed parsed = parse_graph_yaml(yaml, "g.yaml", timed_registry(), {});
  EXPECT_TRUE(parsed.ok()) << (parsed.diagnostics.empty() ? "" : to_string(parsed.diagnostics[0]));
  BuiltGraph built = build_graph(std::move(parsed.spec), timed_registry());
  EXPECT_TRUE(built.ok()) << (built.diagnostics.empty() ? "" : to_string(built.diagnostics[0]));
  return compile(std::move(built), costs);
}

// "a b | c": the nodes of every island, in order.
inline std::string islands_of(const Plan& plan) {
  std::string text;
  for (const Island& island : plan.islands) {
    if (!text.empty()) text += " | ";
    for (std::size_t k = 0; k < island.nodes.size(); ++k)
      text += (k ? " " : "") + plan.graph.nodes[island.nodes[k]].spec.name;
  }
  return text;
}

// "a -> b: why" of every border.
inline std::vector<std::string> borders_of(const Plan& plan) {
  std::vector<std::string> texts;
  for (const Border& border : plan.borders) {
    const BuiltLink& link = plan.graph.links[border.link];
    texts.push_back(plan.graph.nodes[link.from].spec.name + " -> " + plan.graph.nodes[link.to].spec.name + ": " +
                    border.why);
  }
  return texts;
}

}  // namespace sluice
