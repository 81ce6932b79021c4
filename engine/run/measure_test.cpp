#include "engine/run/measure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <time.h>

#include "engine/graph/front.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::UnorderedElementsAre;

const Format kAudio{.media = "audio", .codec = {}, .rate_hz = 48000, .channels = 1};

// A source, or what stands in for one: as fast as it goes, or a device that must not be touched.
template <ClockDomain clock>
class Source final : public Node {
 public:
  Out<float> out{*this, "out", "audio"};
  Param<int> blocks{*this, "blocks", {.default_value = 0, .min = 0, .max = 1000, .doc = "then it ends; 0: never"}};
  Traits traits() const override { return {.realtime = true, .clock = clock}; }
  Status configure() override {
    out.set_spec(kAudio, 480);
    return {};
  }
  Status prepare() override { return clock == ClockDomain::none ? Status{} : Error{"", "a device was opened"}; }
  Pull pull() REALTIME override {
    BlockRef block = out.take(480);
    block->header.position = made_ * 480;
    block->header.flags = kIndependent;
    out.emit(std::move(block));
    return ++made_ == blocks ? Pull::ended() : Pull::again();
  }

 private:
  std::int64_t made_ = 0;
};

// Takes the processor for a while at each block.
class Busy final : public SampleNode {
 public:
  using SampleNode::process;
  Param<double> time{*this, "time", {.unit = "s", .default_value = 2e-4, .min = 0, .max = 1, .doc = "of every block"}};
  void process(std::size_t) REALTIME override {
    const auto cpu_time = [] {
      timespec spent{};
      ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &spent);
      return std::chrono::seconds(spent.tv_sec) + std::chrono::nanoseconds(spent.tv_nsec);
    };
    for (const Duration end = cpu_time() + from_seconds(time); cpu_time() < end;) {
    }
  }
};

class Pacer final : public SampleNode {
 public:
  using SampleNode::process;
  Traits traits() const override { return {.realtime = true, .clock = ClockDomain::wall, .stamps = true}; }
  bool self_driven() const override { return true; }
  void process(std::size_t) REALTIME override { fail("a clock was waited for"); }
};

template <bool realtime>
class Sink final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Param<int> fail_at{*this, "fail_at", {.default_value = -1, .min = -1, .max = 1000, .doc = "block"}};
  Traits traits() const override { return {.realtime = realtime}; }
  Status configure() override { return {}; }
  Status prepare() override { return realtime ? Status{} : Error{"", "a file was opened"}; }
  void process() REALTIME override {
    while (in.next())
      if (taken_++ == fail_at) fail("no more of this");
  }

 private:
  int taken_ = 0;
};

const Registry& registry() {
  static const Registry registry = [] {
    Registry r;
    r.add("free", "source", [] { return std::make_unique<Source<ClockDomain::none>>(); });
    r.add("device", "source", [] { return std::make_unique<Source<ClockDomain::device>>(); });
    r.add("busy", "works", [] { return std::make_unique<Busy>(); });
    r.add("pacer", "paces", [] { return std::make_unique<Pacer>(); });
    r.add("end", "sink", [] { return std::make_unique<Sink<true>>(); });
    r.add("file", "sink", [] { return std::make_unique<Sink<false>>(); });
    return r;
  }();
  return registry;
}

Plan plan_of(const std::string& yaml) {
  Parsed parsed = parse_graph_yaml(yaml, "g.yaml", registry(), {});
  BuiltGraph built = build_graph(std::move(parsed.spec), registry());
  EXPECT_TRUE(parsed.ok() && built.ok()) << yaml;
  return compile(std::move(built));
}

Result<Costs> measured(const std::string& yaml, Duration stream = 1s) {
  return measure_costs(plan_of(yaml),
                       {.stream = stream, .signal = [](const StreamSpec&) { return registry().make("free"); }});
}

TEST(Measure, FindsWhatEveryNodeAndIslandTakes) {
  const auto costs = measured(
      "nodes: { a: free, b: { type: busy, time: 300 us }, c: { type: busy, time: 100 us, cut: true }, d: end }\nlinks: "
      "[ a -> "
      "b -> c -> d ]\n");
  ASSERT_TRUE(costs) << costs.error().text();
  EXPECT_GE(costs->nodes.at("b").p50, 300us);
  EXPECT_GE(costs->nodes.at("b").p99, costs->nodes.at("b").p50);
  EXPECT_GE(costs->nodes.at("b").cpu, 0.03) << "300 us of every 10 ms";
  EXPECT_GE(costs->nodes.at("c").p50, 100us);
  ASSERT_EQ(costs->islands.size(), 2u);
  EXPECT_THAT(costs->islands[0].nodes, ElementsAre("a", "b"));
  EXPECT_THAT(costs->islands[1].nodes, ElementsAre("c", "d"));
  EXPECT_GE(costs->islands[0].time.p50, 300us);
  EXPECT_GE(costs->islands[1].time.cpu, 0.01);
  EXPECT_THAT(costs->stood_in_for, ElementsAre());
  EXPECT_NE(costs->machine, "");
}

TEST(Measure, OpensNoDeviceAndNoFileAndWaitsForNoClock) {
  const auto costs = measured(
      "nodes: { a: device, b: busy, c: file, f: free, p: pacer, e: end }\nlinks: [ a -> b -> c, f -> p -> e ]\n");
  ASSERT_TRUE(costs) << costs.error().text();
  EXPECT_THAT(costs->stood_in_for, UnorderedElementsAre("a", "p", "c"));
  EXPECT_GE(costs->nodes.at("b").p50, 200us) << "the signal comes through";
}

TEST(Measure, IsOfTheGraphThatThePlanWasMadeOf) {
  const std::string yaml = "nodes: { a: free, b: end }\nlinks: [ a -> b ]\n";
  EXPECT_EQ(measured(yaml)->graph_hash, graph_hash(plan_of(yaml).graph.spec));
}

TEST(Measure, CountsOnlyTheStreamThereWas) {
  const auto costs = measured("nodes: { a: { type: free, blocks: 60 }, b: busy, c: end }\nlinks: [ a -> b -> c ]\n");
  ASSERT_TRUE(costs);
  EXPECT_GE(costs->nodes.at("b").cpu, 0.02) << "of half a second";
  const auto nothing = measured("nodes: { a: { type: free, blocks: 5 }, b: end }\nlinks: [ a -> b ]\n");
  ASSERT_FALSE(nothing);
  EXPECT_THAT(nothing.error().text(), HasSubstr("end before anything can be measured"));
}

TEST(Measure, EndsWithTheErrorOfANodeThatFails) {
  const auto costs = measured("nodes: { a: free, b: { type: end, fail_at: 3 } }\nlinks: [ a -> b ]\n");
  ASSERT_FALSE(costs);
  EXPECT_EQ(costs.error().text(), "b: no more of this");
}

}  // namespace
}  // namespace sluice
