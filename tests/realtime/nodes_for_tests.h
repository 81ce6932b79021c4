// What the tests of time need: a source paced by the wall clock, nodes that burn CPU time, a sink that looks at the age
// of what it is handed, and threads that compete for the cores.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "engine/graph/front.h"
#include "engine/run/session.h"

namespace sluice {

// Burns CPU time until `end`; returns something that the compiler cannot foresee.
inline double burn_until(const Clock& clock, Time end) {
  volatile double x = 1;
  while (clock.now() < end)
    for (int n = 0; n < 100; ++n) x = x * 1.0000001 + 1e-9;
  return x;
}

// Threads of normal priority that never rest.
class BusyThreads {
 public:
  explicit BusyThreads(unsigned count) {
    for (unsigned n = 0; n < count; ++n)
      threads_.emplace_back([this] {
        const MonotonicClock clock;
        while (!stop_.load()) burn_until(clock, clock.now() + std::chrono::milliseconds(1));
      });
  }
  ~BusyThreads() { stop_ = true; }

 private:
  std::atomic<bool> stop_{false};
  std::vector<std::jthread> threads_;
};

inline constexpr double kTestRate = 48000;

// "paced": one block every `period`, captured when it was due; ends after `blocks`. When it is called late it catches
// up, as a device's ring does: those blocks are old already.
class PacedSource final : public Node {
 public:
  Out<float> out{*this, "out", "numbers"};
  Param<int> blocks{*this, "blocks", {.default_value = 500, .min = 1, .max = 1'000'000, .doc = "how many"}};
  Param<double> period{*this, "period", {.unit = "s", .default_value = 0.002, .min = 1e-4, .max = 1, .doc = "a block"}};
  Traits traits() const override { return {.realtime = true, .clock = ClockDomain::device}; }
  Status configure() override {
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = kTestRate, .channels = 1},
                 static_cast<std::int64_t>(period * kTestRate));
    return {};
  }
  Pull pull() REALTIME override {
    if (n_ == 0) start_ = now();
    if (n_ == blocks) return Pull::ended();
    const Time due = start_ + n_ * from_seconds(period);
    if (now() < due) return Pull::at(due);
    BlockRef block = out.take();
    block->header.capture_time = due;
    block->header.position = n_++ * out.spec().block_frames;
    block->header.flags = kIndependent;
    out.emit(std::move(block));
    return Pull::again();
  }

 private:
  std::int64_t n_ = 0;
  Time start_{};
};

// "endless": as fast as it is let.
class EndlessSource final : public Node {
 public:
  Out<float> out{*this, "out", "numbers"};
  Status configure() override {
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = kTestRate, .channels = 1}, 480);
    return {};
  }
  Pull pull() REALTIME override {
    out.emit(out.take());
    return Pull::again();
  }
};

// "work", "model": takes `cost` of CPU time a block; the second is what runs on the elastic workers.
template <bool realtime>
class Working final : public SampleNode {
 public:
  Param<double> cost{
      *this, "cost", {.unit = "s", .default_value = 1e-4, .min = 0, .max = 1, .doc = "CPU time a block"}};
  Traits traits() const override { return {.realtime = realtime}; }
  using SampleNode::process;
  void process(std::size_t) REALTIME override {
    const MonotonicClock clock;
    burn_until(clock, clock.now() + from_seconds(cost));
  }
};

// "watch": counts what it is handed, and what of it is older than `limit` (0: never).
class Watch final : public Node {
 public:
  In<float> in{*this, "in", "numbers"};
  Param<double> limit{*this, "limit", {.unit = "s", .default_value = 0, .min = 0, .max = 3600, .doc = "of age"}};
  Traits traits() const override { return {.realtime = true}; }
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const Duration age = now() - block->header.capture_time;
      old += limit > 0 && age > from_seconds(limit) ? 1 : 0;
      gaps += in.gap() ? 1 : 0;
      ++delivered;
    }
  }
  std::uint64_t delivered = 0, old = 0, gaps = 0;
};

inline const Registry& realtime_registry() {
  static const Registry registry = [] {
    Registry r;
    r.add("paced", "source", [] { return std::make_unique<PacedSource>(); });
    r.add("endless", "source", [] { return std::make_unique<EndlessSource>(); });
    r.add("work", "burns", [] { return std::make_unique<Working<true>>(); });
    r.add("model", "burns", [] { return std::make_unique<Working<false>>(); });
    r.add("watch", "sink", [] { return std::make_unique<Watch>(); });
    return r;
  }();
  return registry;
}

inline Plan realtime_plan(const std::string& yaml) {
  Parsed parsed = parse_graph_yaml(yaml, "g.yaml", realtime_registry(), {});
  BuiltGraph built = build_graph(std::move(parsed.spec), realtime_registry());
  EXPECT_TRUE(parsed.ok() && built.ok()) << yaml;
  return compile(std::move(built));
}

template <typename N>
N& node_named(const Session& session, std::string_view name) {
  for (const BuiltNode& built : session.plan().graph.nodes)
    if (built.spec.name == name) return static_cast<N&>(*built.node);
  throw std::invalid_argument("no such node");
}

}  // namespace sluice
