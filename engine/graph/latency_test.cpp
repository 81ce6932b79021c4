#include "engine/graph/latency.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "engine/graph/diff.h"
#include "engine/graph/live_nodes_for_tests.h"
#include "engine/graph/print.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// device -> socket with blocks of 10 ms: one border.
std::size_t credits_for(const std::string& budget, const std::string& delay = "0 s") {
  const Plan plan = plan_of("latency: " + budget + "\nnodes: { a: { type: device, delay: " + delay +
                            " }, b: socket }\nlinks: [ a -> b ]\n");
  return plan.borders.at(0).credits;
}

TEST(Credits, AreTheBlocksThatTheBudgetLeaves) {
  EXPECT_EQ(credits_for("50 ms"), 5u);
  EXPECT_EQ(credits_for("59 ms"), 5u) << "whole blocks";
  EXPECT_EQ(credits_for("59 ms", "20 ms"), 3u) << "after the algorithmic delay";
}

TEST(Credits, AreNeverUnderTwoNorOverEight) {
  EXPECT_EQ(credits_for("20 ms"), 2u);
  EXPECT_EQ(credits_for("15 ms"), 2u);
  EXPECT_EQ(credits_for("30 ms", "1 s"), 2u);
  EXPECT_EQ(credits_for("80 ms"), 8u);
  EXPECT_EQ(credits_for("10 s"), 8u);
}

TEST(Credits, AreFourWhereNoBudgetBinds) {
  EXPECT_EQ(plan_of("nodes: { a: device, b: socket }\nlinks: [ a -> b ]\n").borders[0].credits, 4u);
}

TEST(Credits, OfALinkThatKeepsTheLatestAreOne) {
  const Plan plan = plan_of(
      "latency: 60 ms\nnodes: { a: device, b: pass, c: { type: end, cut: true } }\nlinks: [ { link: a -> b, "
      "on_overrun: "
      "latest }, b -> c ]\n");
  ASSERT_EQ(plan.borders.size(), 2u);
  EXPECT_EQ(plan.borders[0].credits, 1u);
  EXPECT_EQ(plan.borders[1].credits, 5u) << "what is left";
}

TEST(Credits, AreSharedAmongTheBordersOfAPath) {
  const Plan plan = plan_of(
      "latency: 90 ms\nnodes: { a: device, b: { type: pass, cut: true }, c: { type: end, cut: true } }\nlinks: [ a -> "
      "b -> "
      "c ]\n");
  ASSERT_EQ(plan.borders.size(), 2u);
  EXPECT_EQ(plan.borders[0].credits, 4u);
  EXPECT_EQ(plan.borders[1].credits, 4u);
  EXPECT_EQ(plan.paths.at(0).total(), 80ms);
}

TEST(Credits, OfASharedBorderFollowTheTightestPath) {
  const Plan plan = plan_of(
      "latency: 100 ms\nnodes: { a: device, b: { type: pass, cut: true }, c: end, d: { type: end, delay: 70 ms } }\n"
      "links: [ a -> b -> c, b -> d ]\n");
  ASSERT_EQ(plan.borders.size(), 1u);
  EXPECT_EQ(plan.borders[0].credits, 3u);
}

TEST(Credits, BeforeAClockHoldWhatABridgeHoldsBackAndItIsCountedOnce) {
  const Plan plan = plan_of(
      "latency: 300 ms\nnodes: { a: device, b: { type: bridge, delay: 5 ms, queue: 95 ms }, c: pass, d: speaker, e: "
      "end }\nlinks: [ a -> b -> c -> d, b -> e ]\n");
  ASSERT_EQ(plan.borders.size(), 1u);
  EXPECT_EQ(plan.borders[0].credits, 12u) << "95 ms in blocks of 10 ms, one in work and one on the way";
  ASSERT_EQ(plan.paths.size(), 2u);
  EXPECT_EQ(plan.paths[0].algorithmic, 5ms);
  EXPECT_EQ(plan.paths[0].queueing, 120ms);
  EXPECT_EQ(plan.paths[1].total(), 5ms) << "nothing waits on the way to 'e'";
}

TEST(Credits, AheadOfAPacerAreNotPaidFromTheBudget) {
  const Plan plan = plan_of("latency: 60 ms\nnodes: { a: free, p: pacer, b: socket }\nlinks: [ a -> p -> b ]\n");
  ASSERT_EQ(plan.borders.size(), 2u);
  EXPECT_EQ(plan.borders[0].credits, 8u);
  EXPECT_EQ(plan.borders[1].credits, 5u) << "60 ms less the pacer's block";
}

// device -> spread -> socket: one border with blocks of 10 ms, and the depth that the budget gives.
Plan spread_plan(const std::string& head, const std::string& params = "") {
  return plan_of(head + "nodes: { a: device, s: { type: spread" + params + " }, b: socket }\nlinks: [ a -> s -> b ]\n");
}

int depth_of(const Plan& plan, const std::string& name = "s") {
  for (const BuiltNode& built : plan.graph.nodes)
    if (built.spec.name == name) return dynamic_cast<TimedSpread&>(*built.node).depth;
  return 0;
}

TEST(LeftToTheBudget, IsTheDefaultWithoutOne) {
  const Plan plan = spread_plan("");
  EXPECT_EQ(depth_of(plan), 4);
  EXPECT_EQ(plan.paths.at(0).algorithmic, 60ms);
}

TEST(LeftToTheBudget, IsWhatFitsBesideTheFewestCredits) {
  EXPECT_EQ(depth_of(spread_plan("latency: 80 ms\n")), 4) << "3 x 20 ms and 2 x 10 ms";
  EXPECT_EQ(depth_of(spread_plan("latency: 79 ms\n")), 3);
  EXPECT_EQ(depth_of(spread_plan("latency: 60 ms\n")), 3);
  EXPECT_EQ(depth_of(spread_plan("latency: 21 ms\n")), 1);
  const Plan plan = spread_plan("latency: 79 ms\n");
  EXPECT_TRUE(plan.ok());
  EXPECT_EQ(plan.paths.at(0).algorithmic, 40ms);
  EXPECT_EQ(plan.borders.at(0).credits, 3u) << "what is left of the 79 ms";
}

TEST(LeftToTheBudget, IsMoreOnlyWhereBordersKeepFourBlocks) {
  EXPECT_EQ(depth_of(spread_plan("latency: 119 ms\n")), 4);
  const Plan plan = spread_plan("latency: 120 ms\n");
  EXPECT_EQ(depth_of(plan), 5) << "4 x 20 ms and 4 x 10 ms";
  EXPECT_EQ(plan.borders.at(0).credits, 4u);
  EXPECT_EQ(depth_of(spread_plan("latency: 10 s\n")), 8) << "the most that the parameter allows";
}

TEST(LeftToTheBudget, NeverHidesThatAGraphIsOverIt) {
  const Plan plan = spread_plan("latency: 19 ms\n");
  EXPECT_EQ(depth_of(plan), 1);
  EXPECT_FALSE(plan.ok());
}

TEST(LeftToTheBudget, IsNotWhatTheFileSets) {
  const Plan plan = spread_plan("latency: 10 s\n", ", depth: 2");
  EXPECT_EQ(depth_of(plan), 2);
  EXPECT_FALSE(spread_plan("latency: 50 ms\n", ", depth: 4").ok());
}

TEST(LeftToTheBudget, CountsRunTimes) {
  const std::string nodes =
      "latency: 85 ms\nnodes: { a: device, p: { type: pass, run_time: 2 ms }, s: spread, b: end }\nlinks: [ a -> p -> "
      "s -> b ]\n";
  Costs costs;
  for (const char* name : {"a", "s", "b"}) costs.nodes[name] = {.p50 = 1ms, .p99 = 9ms, .cpu = 0.1};
  EXPECT_EQ(depth_of(plan_of(nodes)), 5);
  const Plan measured = plan_of(nodes, &costs);
  EXPECT_EQ(depth_of(measured), 3) << "29 ms are spent on computing";
  EXPECT_TRUE(measured.ok());
}

TEST(LeftToTheBudget, FollowsTheTightestWayAndOnlyThoseBehindTheStamp) {
  const Plan tight = plan_of(
      "latency: 100 ms\nnodes: { a: device, s: spread, b: end, c: { type: end, delay: 70 ms } }\nlinks: [ a -> s -> b, "
      "s -> c ]\n");
  EXPECT_EQ(depth_of(tight), 2);
  const Plan stamped =
      plan_of("latency: 10 s\nnodes: { a: free, s: spread, p: pacer, b: end }\nlinks: [ a -> s -> p -> b ]\n");
  EXPECT_EQ(depth_of(stamped), 4) << "no way counts its delay";
}

TEST(LeftToTheBudget, GoesToTheFirstOfTwo) {
  const Plan plan =
      plan_of("latency: 180 ms\nnodes: { a: device, s: spread, t: spread, b: end }\nlinks: [ a -> s -> t -> b ]\n");
  EXPECT_EQ(depth_of(plan, "s"), 7) << "60 ms are the other's default";
  EXPECT_EQ(depth_of(plan, "t"), 4);
  EXPECT_EQ(plan.paths.at(0).total(), 180ms);
}

TEST(LeftToTheBudget, IsWrittenOutWhereTheGraphIs) {
  const Plan plan = spread_plan("latency: 79 ms\n");
  EXPECT_THAT(to_yaml(settled_spec(plan)), HasSubstr("s: { type: spread, depth: \"3\" }"));
  EXPECT_THAT(to_yaml(plan.graph.spec), HasSubstr("s: { type: spread }")) << "the file itself leaves it open";
  EXPECT_EQ(depth_of(plan_of(to_yaml(settled_spec(plan)))), 3);
}

TEST(LeftToTheBudget, ReplacesARunningNodeOnlyWhereItIsAnother) {
  const Plan running = spread_plan("latency: 60 ms\n");
  EXPECT_THAT(diff_graphs(running.graph, spread_plan("latency: 79 ms\n").graph).replaced, IsEmpty());
  EXPECT_THAT(diff_graphs(running.graph, spread_plan("latency: 80 ms\n").graph).replaced, ElementsAre("s"));
}

TEST(Latency, AddsTheDelaysTheQueuesAndTheBorders) {
  const Plan plan = plan_of(
      "nodes: { a: { type: device, delay: 1 ms, queue: 2 ms }, b: { type: pass, delay: 4 ms }, c: { type: socket, "
      "delay: "
      "8 ms, queue: 16 ms } }\nlinks: [ a -> b -> c ]\n");
  ASSERT_EQ(plan.paths.size(), 1u);
  const PathLatency& path = plan.paths[0];
  EXPECT_EQ(path.source, "a");
  EXPECT_EQ(path.sink, "c");
  EXPECT_THAT(path.nodes, ElementsAre(0, 1, 2));
  EXPECT_EQ(path.algorithmic, 13ms);
  EXPECT_EQ(path.queueing, 2ms + 16ms + 4 * 10ms);
  EXPECT_EQ(path.total(), 71ms);
  EXPECT_EQ(path.compute, std::nullopt) << "not measured";
  EXPECT_FALSE(path.over_budget()) << "no budget";
}

TEST(Latency, CountsFromTheLastNodeThatStamps) {
  const Plan plan = plan_of(
      "nodes: { a: { type: free, delay: 1 s, queue: 1 s }, p: pacer, q: pacer, b: { type: end, delay: 3 ms } }\nlinks: "
      "[ a "
      "-> p -> q -> b ]\n");
  ASSERT_EQ(plan.paths.size(), 1u);
  EXPECT_EQ(plan.paths[0].source, "a") << "the path is whole";
  EXPECT_THAT(plan.paths[0].nodes, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(plan.paths[0].algorithmic, 13ms) << "the second pacer's block, and the sink";
  EXPECT_EQ(plan.paths[0].queueing, 0ms);
}

TEST(Latency, ListsEveryWayFromASourceToASink) {
  const Plan plan = plan_of(
      "nodes: { a: device, b: { type: pass, delay: 5 ms }, c: pass, m: mix, e: end, f: end, s: free }\n"
      "links: [ a -> b -> m -> e, a -> c -> m, m -> f, s -> m ]\n");
  ASSERT_EQ(plan.paths.size(), 6u);
  const auto slowest = std::ranges::max_element(plan.paths, {}, &PathLatency::total);
  EXPECT_THAT(slowest->nodes, testing::Contains(1)) << "through b";
  EXPECT_EQ(slowest->total(), 5ms);
}

TEST(Latency, RefusesAPathOverItsBudgetAtTheBudgetsPlace) {
  const Plan plan = plan_of(
      "graph: g\nlatency: { on_overrun: shed, budget: 30 ms }\nnodes: { mic: device, big: { type: pass, delay: 40 ms "
      "}, web: "
      "socket }\nlinks: [ mic -> big -> web ]\n");
  EXPECT_FALSE(plan.ok());
  ASSERT_EQ(plan.diagnostics().size(), 1u);
  EXPECT_EQ(
      to_string(plan.diagnostics()[0]),
      "g.yaml:2:38: error: latency of mic -> web is up to 60.0 ms (40.0 algorithmic, 20.0 queueing), over the budget "
      "of 30 ms; the largest share is 'big' (pass, 40.0 ms): 'big.delay: 10 ms' brings it to 30.0 ms, or raise the "
      "budget to 61 ms");
}

TEST(Latency, AcceptsWhatTheMessageAdvises) {
  EXPECT_TRUE(plan_of("latency: 61 ms\nnodes: { mic: device, big: { type: pass, delay: 40 ms }, web: socket }\n"
                      "links: [ mic -> big -> web ]\n")
                  .ok());
}

TEST(Latency, APathThatJustMeetsItsBudgetPasses) {
  EXPECT_TRUE(plan_of("latency: 20 ms\nnodes: { a: device, b: socket }\nlinks: [ a -> b ]\n").ok());
  EXPECT_FALSE(plan_of("latency: 19 ms\nnodes: { a: device, b: socket }\nlinks: [ a -> b ]\n").ok());
}

TEST(Latency, RefusesOnlyTheBranchThatIsOver) {
  const Plan plan = plan_of(
      "latency: 100 ms\nnodes: { a: device, b: end, slow: { type: end, delay: 200 ms } }\nlinks: [ a -> b, a -> slow "
      "]\n");
  ASSERT_EQ(plan.diagnostics().size(), 1u);
  EXPECT_THAT(plan.diagnostics()[0].message, HasSubstr("a -> slow is up to 200.0 ms"));
}

// `stages` diamonds in a row: 2^stages ways. Every link of a diamond's lower branch is a border.
std::string lattice(int stages, const std::string& head) {
  std::string nodes = "nodes:\n  n0: device\n", links = "links:\n";
  for (int k = 0; k < stages; ++k) {
    nodes += fmt::format("  u{0}: pass\n  l{0}: {{ type: pass, cut: true }}\n  m{0}: mix\n", k);
    const std::string from = k == 0 ? "n0" : fmt::format("m{}", k - 1);
    links += fmt::format("  - {1} -> u{0} -> m{0}\n  - {1} -> l{0} -> m{0}\n", k, from);
  }
  nodes += "  end: end\n";
  links += fmt::format("  - m{} -> end\n", stages - 1);
  return head + nodes + links;
}

TEST(Latency, OfALatticeIsThatOfItsSlowestWayAndFoundAtOnce) {
  const auto start = std::chrono::steady_clock::now();
  const Plan plan = plan_of(lattice(40, "latency: 10 s\n"));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s) << "2^40 ways would take days";
  ASSERT_EQ(plan.paths.size(), 1u);
  EXPECT_EQ(plan.paths[0].source, "n0");
  EXPECT_EQ(plan.paths[0].sink, "end");
  EXPECT_EQ(plan.paths[0].queueing, 40 * 2 * 10ms) << "all the lower branches, with the fewest credits";
}

TEST(Latency, OfALatticeIsHeldAgainstTheBudget) {
  EXPECT_TRUE(plan_of(lattice(14, "latency: 280 ms\n")).ok());
  EXPECT_FALSE(plan_of(lattice(14, "latency: 279 ms\n")).ok());
  EXPECT_TRUE(plan_of(lattice(12, "latency: 240 ms\n")).ok()) << "every one of 4096 ways is listed";
  EXPECT_EQ(plan_of(lattice(12, "latency: 240 ms\n")).paths.size(), 4096u);
}

}  // namespace
}  // namespace sluice
