#include "engine/graph/diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/graph/front.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// "noise": audio out.
class NoiseNode final : public Node {
 public:
  Out<float> out{*this, "out", "audio"};
  Param<int> seed{*this, "seed", {.default_value = 1, .doc = "of the noise"}};
  Param<double> block{*this, "block", {.unit = "s", .default_value = 0.01, .doc = "a block"}};
  Status configure() override {
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = 48000, .channels = 1},
                 static_cast<std::int64_t>(block * 48000));
    return {};
  }
};

// "knob": a live gain, and a length that is a delay.
class KnobNode final : public SampleNode {
 public:
  Param<double> gain{*this, "gain", {.unit = "dB", .default_value = 0, .doc = "factor", .live = true}};
  Param<int> taps{*this, "taps", {.default_value = 3, .doc = "length"}};
  using SampleNode::process;
  void process(std::size_t) REALTIME override {}
};

class SumNode final : public Node {
 public:
  Ins<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "sum"};
  Status configure() override {
    out.set_spec(in[0].spec());
    return {};
  }
};

class EndNode final : public Node {
 public:
  In<Anything> in{*this, "in", "anything"};
  Param<std::string> path{*this, "path", {.doc = "file"}};
  Status configure() override { return {}; }
};

BuiltGraph graph(const char* line) {
  static const Registry registry = [] {
    Registry r;
    r.add("noise", "audio", [] { return std::make_unique<NoiseNode>(); });
    r.add("knob", "amplifies", [] { return std::make_unique<KnobNode>(); });
    r.add("sum", "adds", [] { return std::make_unique<SumNode>(); });
    r.add("end", "ends", [] { return std::make_unique<EndNode>(); });
    return r;
  }();
  BuiltGraph built = build_graph(parse_graph_line(line, registry, {}).spec, registry);
  EXPECT_TRUE(built.ok()) << line;
  return built;
}

GraphDiff diff(const char* running, const char* next) {
  return diff_graphs(graph(running), graph(next));
}

TEST(Diff, OfAGraphWithItselfKeepsEverything) {
  const GraphDiff d = diff("a: noise -> b: knob -> c: end", "a: noise -> b: knob -> c: end");
  EXPECT_TRUE(d.only_params());
  EXPECT_THAT(d.params, IsEmpty());
  EXPECT_THAT(d.kept, ElementsAre("a", "b", "c"));
  EXPECT_THAT(d.kept_from, ElementsAre(0u, 1u, 2u));
  EXPECT_THAT(d.link_from, ElementsAre(0u, 1u));
}

TEST(Diff, ALiveParameterKeepsItsNode) {
  const GraphDiff d = diff("a: noise -> b: knob(gain=-3 dB) -> c: end", "a: noise -> b: knob(gain=-6 dB) -> c: end");
  EXPECT_TRUE(d.only_params());
  ASSERT_EQ(d.params.size(), 1u);
  EXPECT_EQ(d.params[0].node, 1u);
  EXPECT_EQ(d.params[0].param, "gain");
  EXPECT_EQ(d.params[0].from, "-3 dB");
  EXPECT_EQ(d.params[0].to, "-6 dB");
}

TEST(Diff, AConstantParameterOrAnotherTypeReplacesTheNode) {
  const GraphDiff taps = diff("a: noise -> b: knob(taps=3) -> c: end", "a: noise -> b: knob(taps=4) -> c: end");
  EXPECT_THAT(taps.replaced, ElementsAre("b"));
  EXPECT_THAT(taps.kept, ElementsAre("a", "c"));
  const GraphDiff type = diff("a: noise -> b: knob -> c: end", "a: noise -> b: sum -> c: end");
  EXPECT_THAT(type.replaced, ElementsAre("b"));
}

TEST(Diff, WhatIsFedInOtherBlocksIsReplacedToo) {
  const GraphDiff d = diff("a: noise -> b: knob -> c: end", "a: noise(block=5 ms) -> b: knob -> c: end");
  EXPECT_THAT(d.replaced, ElementsAre("a", "b", "c"));
  EXPECT_THAT(d.kept, IsEmpty());
}

TEST(Diff, AddingABranchKeepsTheRest) {
  const GraphDiff d = diff("a: noise -> c: end", "a: noise -> c: end; a -> k: knob -> d: end");
  EXPECT_THAT(d.kept, ElementsAre("a", "c"));
  EXPECT_THAT(d.added, testing::UnorderedElementsAre("k", "d"));
  EXPECT_EQ(std::ranges::count_if(d.link_from, [](const auto& from) { return !from; }), 2);
}

TEST(Diff, RemovingABranchKeepsTheRest) {
  const GraphDiff d = diff("a: noise -> c: end; a -> k: knob -> d: end", "a: noise -> c: end");
  EXPECT_THAT(d.removed, testing::UnorderedElementsAre("k", "d"));
  EXPECT_TRUE(d.replaced.empty() && d.added.empty());
}

TEST(Diff, ANodeThatIsFedByAnotherOfTheSameFormatIsKept) {
  const GraphDiff d = diff("a: noise -> c: end", "a: noise -> k: knob -> c: end");
  EXPECT_THAT(d.kept, testing::UnorderedElementsAre("a", "c"));
  EXPECT_THAT(d.added, ElementsAre("k"));
  EXPECT_THAT(d.link_from, ElementsAre(std::nullopt, std::nullopt));
}

TEST(Diff, ANodeWithOneMoreInputIsReplaced) {
  const GraphDiff d = diff("a: noise -> m: sum -> c: end", "a: noise -> m: sum -> c: end; b: noise -> m");
  EXPECT_THAT(d.replaced, ElementsAre("m"));
  EXPECT_THAT(d.added, ElementsAre("b"));
  EXPECT_THAT(d.kept, testing::UnorderedElementsAre("a", "c"));
}

TEST(Diff, TheOrderInTheFileDoesNotMatter) {
  const GraphDiff d =
      diff("a: noise -> c: end; b: noise(seed=2) -> d: end", "b: noise(seed=2) -> d: end; a: noise -> c: end");
  EXPECT_TRUE(d.only_params());
  EXPECT_EQ(d.kept.size(), 4u);
}

}  // namespace
}  // namespace sluice
