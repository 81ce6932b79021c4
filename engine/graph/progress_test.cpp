#include "engine/graph/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "engine/graph/live_nodes_for_tests.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// One branch is delayed, the other is not; blocks of 10 ms, of which a join holds 64.
Plan diamond(const std::string& delay, const std::string& short_way = "a -> m", const std::string& head = "") {
  return plan_of(head + "nodes: { a: free, slow: { type: pass, delay: " + delay + " }, m: mix, e: end }\nlinks: [ " +
                 short_way + ", a -> slow -> m -> e ]\n");
}

std::vector<std::string> errors_of(const Plan& plan) {
  std::vector<std::string> errors;
  for (const Diagnostic& d : plan.diagnostics()) errors.push_back(to_string(d));
  return errors;
}

TEST(Progress, OfBranchesThatAJoinCanHoldApartIsProven) {
  EXPECT_TRUE(diamond("0 s").ok());
  EXPECT_TRUE(diamond("630 ms").ok()) << "63 blocks until the first comes, and that one";
}

TEST(Progress, IsRefusedWhereABranchNeedsMoreThanTheOtherCanHold) {
  EXPECT_THAT(errors_of(diamond("640 ms")),
              ElementsAre("g.yaml:2:15: error: the graph could stand still: 'slow' (pass, 640.0 ms) may keep back "
                          "650.0 ms before giving anything on, while a -> m can hold 640.0 ms: use blocks of 10.2 ms "
                          "instead of 10.0 ms on that way, or delay both alike"));
}

TEST(Progress, OfTwoBranchesThatAreDelayedAlikeIsProven) {
  EXPECT_TRUE(plan_of("nodes: { a: free, b: { type: pass, delay: 5 s }, e: end }\nlinks: [ a -> b -> e ]\n").ok());
  EXPECT_TRUE(plan_of("nodes: { a: free, b: { type: pass, delay: 5 s }, c: pass, d: pass, m: mix, e: end }\nlinks: [ a "
                      "-> b -> c -> m, b -> d -> m -> e ]\n")
                  .ok())
      << "before they part";
}

TEST(Progress, OfStreamsOfTwoSourcesIsProvenWhateverTheirDelays) {
  EXPECT_TRUE(plan_of("nodes: { a: free, b: free, slow: { type: pass, delay: 9 s }, m: mix, e: end }\nlinks: [ a -> m, "
                      "b -> slow -> m -> e ]\n")
                  .ok());
}

TEST(Progress, IsRefusedWhereTwoSourcesWaitForOneAnother) {
  const auto crossed = [](const std::string& delay) {
    return errors_of(plan_of("nodes: { a: free, b: free, u: { type: pass, delay: " + delay +
                             " }, v: { type: pass, delay: " + delay +
                             " }, m: mix, n: mix, e: end, f: end }\nlinks: [ a -> m, b -> v -> m -> e, b -> n, a -> u "
                             "-> n -> f ]\n"));
  };
  EXPECT_THAT(crossed("630 ms"), IsEmpty());
  EXPECT_THAT(crossed("700 ms"), ElementsAre(testing::AllOf(
                                     HasSubstr("'u' (pass, 700.0 ms), 'v' (pass, 700.0 ms) may keep back 1420.0 ms"),
                                     HasSubstr("b -> n, a -> m can hold 1280.0 ms"))));
}

TEST(Progress, RaisesTheCreditsOfABorderThatHoldsABranchBack) {
  const Plan plan = diamond("1 s", "{ link: a -> m, cut: true }");
  EXPECT_THAT(errors_of(plan), IsEmpty());
  ASSERT_EQ(plan.borders.size(), 1u);
  EXPECT_EQ(plan.borders[0].credits, 101u - 64u) << "101 blocks under way, 64 of them at the join";
}

TEST(Progress, CountsTheCreditsOnTheWayToAJoin) {
  const Plan plan = plan_of(
      "nodes: { a: free, slow: { type: pass, delay: 800 ms }, g: { type: pass, cut: true }, m: mix, e: end }\nlinks: [ "
      "a "
      "-> g -> m, a -> slow -> m -> e ]\n");
  EXPECT_THAT(errors_of(plan), IsEmpty());
  ASSERT_EQ(plan.borders.size(), 1u);
  EXPECT_EQ(plan.borders[0].credits, 17u) << "a -> g: 81 blocks under way, 64 of them at the join";
}

TEST(Progress, IsRefusedWhereBlocksAreFarLongerOnOneWay) {
  const std::string graph =
      "nodes: { a: { type: free, block: 1 ms }, long: { type: reblock, block: BLOCK }, m: mix, e: end }\n"
      "links: [ a -> m, a -> long -> m -> e ]\n";
  const auto with = [&](const std::string& block) {
    std::string text = graph;
    return errors_of(plan_of(text.replace(text.find("BLOCK"), 5, block)));
  };
  EXPECT_THAT(with("64 ms"), IsEmpty());
  EXPECT_THAT(with("65 ms"), ElementsAre(HasSubstr("'long' (reblock, 0.0 ms) may keep back")));
}

TEST(Progress, IsRefusedWhereCreditsWouldHaveToGrowTooFar) {
  EXPECT_THAT(errors_of(diamond("1.27 s", "{ link: a -> m, cut: true }")), IsEmpty());
  EXPECT_THAT(errors_of(diamond("1.28 s", "{ link: a -> m, cut: true }")), ElementsAre(HasSubstr("could stand still")));
}

TEST(Progress, NeedsNothingOfABorderThatSheds) {
  for (const std::string policy : {"shed", "latest", "fail"})
    EXPECT_TRUE(
        plan_of("nodes: { a: device, slow: { type: pass, delay: 5 s }, m: mix, e: end }\nlinks: [ { link: a -> m, "
                "on_overrun: " +
                policy + " }, a -> slow -> m -> e ]\n")
            .ok())
        << policy;
}

TEST(Progress, OfALongChainWithoutJoinsIsProvenWhateverItsDelays) {
  std::string nodes = "nodes:\n  n0: free\n", chain = "n0";
  for (int n = 1; n < 200; ++n) {
    nodes += fmt::format("  n{}: {{ type: pass, delay: 5 s, cut: true }}\n", n);
    chain += fmt::format(" -> n{}", n);
  }
  EXPECT_TRUE(plan_of(nodes + "  e: end\nlinks: [ " + chain + " -> e ]\n").ok());
}

TEST(Progress, IsLookedForInALatticeWithoutWalkingItsWays) {
  std::string nodes = "nodes:\n  n0: free\n  end: end\n", links = "links:\n";
  for (int k = 0; k < 60; ++k) {
    nodes += fmt::format("  u{0}: {{ type: pass, delay: 300 ms }}\n  l{0}: pass\n  m{0}: mix\n", k);
    const std::string from = k == 0 ? "n0" : fmt::format("m{}", k - 1);
    links += fmt::format("  - {1} -> u{0} -> m{0}\n  - {1} -> l{0} -> m{0}\n", k, from);
  }
  const std::string graph = nodes + links + "  - m59 -> end\n";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(plan_of(graph).ok()) << "the plan walks no more than 4096 ways, the proof none";
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
  EXPECT_THAT(errors_of(plan_of(graph + "  - n0 -> m59\n")), ElementsAre(HasSubstr("n0 -> m59")))
      << "past sixty delays at once";
}

}  // namespace
}  // namespace sluice
