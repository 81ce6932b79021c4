#include "engine/graph/latency.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "engine/graph/live_nodes_for_tests.h"

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
