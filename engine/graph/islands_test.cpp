#include "engine/graph/islands.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/core/cpus.h"
#include "engine/graph/live_nodes_for_tests.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Islands, OfflineEverythingIsOneIslandEvenWhatMayBlock) {
  const Plan plan = plan_of("nodes: { a: free, b: blocking, c: pass, d: socket }\nlinks: [ a -> b -> c -> d ]\n");
  EXPECT_FALSE(plan.live);
  EXPECT_EQ(islands_of(plan), "a b c d");
  EXPECT_THAT(borders_of(plan), IsEmpty());
  EXPECT_EQ(plan.islands[0].why, "no border needed");
  EXPECT_FALSE(plan.islands[0].realtime) << "one of its nodes may block";
}

TEST(Islands, LiveANodeThatMayBlockIsSetApart) {
  const Plan plan =
      plan_of("nodes: { a: device, b: pass, c: blocking, d: pass, e: end }\nlinks: [ a -> b -> c -> d -> e ]\n");
  EXPECT_TRUE(plan.live);
  EXPECT_EQ(islands_of(plan), "a b | c | d e");
  EXPECT_THAT(borders_of(plan), ElementsAre("b -> c: 'c' may block", "c -> d: 'c' may block"));
  EXPECT_TRUE(plan.islands[0].realtime);
  EXPECT_FALSE(plan.islands[1].realtime);
  EXPECT_TRUE(plan.islands[2].realtime);
}

TEST(Islands, NeighboursThatMayBlockShareAnIsland) {
  const Plan plan = plan_of("nodes: { a: device, b: blocking, c: blocking, d: socket }\nlinks: [ a -> b -> c -> d ]\n");
  EXPECT_EQ(islands_of(plan), "a | b c d");
}

TEST(Islands, AClockOfItsOwnIsABorderAndSaysWhich) {
  EXPECT_THAT(borders_of(plan_of("nodes: { a: free, b: pass, c: speaker }\nlinks: [ a -> b -> c ]\n")),
              ElementsAre("b -> c: device clock"));
  EXPECT_THAT(borders_of(plan_of("nodes: { a: free, b: pacer, c: end }\nlinks: [ a -> b -> c ]\n")),
              ElementsAre("a -> b: clock domain"));
}

TEST(Islands, CutOnANodeOrALinkIsABorderAlsoOffline) {
  const Plan node = plan_of("nodes: { a: free, b: { type: pass, cut: true }, c: end }\nlinks: [ a -> b -> c ]\n");
  EXPECT_EQ(islands_of(node), "a | b c");
  EXPECT_THAT(borders_of(node), ElementsAre("a -> b: cut in the file"));
  EXPECT_EQ(node.islands[0].why, "source side");
  EXPECT_EQ(node.islands[1].why, "after a border: cut in the file");
  const Plan link = plan_of("nodes: { a: free, b: pass, c: end }\nlinks: [ a -> b, { link: b -> c, cut: true } ]\n");
  EXPECT_EQ(islands_of(link), "a b | c");
}

TEST(Islands, FuseKeepsABlockingNodeInTheIslandButNotAClock) {
  const Plan plan = plan_of(
      "nodes: { a: device, b: { type: blocking, fuse: true }, c: { type: speaker, fuse: true } }\nlinks: [ a -> b -> c "
      "]\n");
  EXPECT_EQ(islands_of(plan), "a b | c");
  EXPECT_FALSE(plan.islands[0].realtime);
}

TEST(Islands, OnlyTheBranchThatMayBlockIsSetApart) {
  const Plan plan =
      plan_of("nodes: { a: device, b: pass, c: socket, d: end, s: socket }\nlinks: [ a -> b -> d, a -> c, b -> s ]\n");
  EXPECT_EQ(plan.islands.size(), 3u);
  EXPECT_EQ(plan.island_of[0], plan.island_of[1]);
  EXPECT_EQ(plan.island_of[0], plan.island_of[3]);
  EXPECT_NE(plan.island_of[2], plan.island_of[4]) << "two sockets do not wait for one another";
}

TEST(Islands, ACutBesideAFusedWayLeadsBackIntoTheSameIsland) {
  const Plan plan = plan_of(
      "nodes: { a: free, b: pass, m: mix, c: end }\nlinks: [ a -> b -> m -> c, { link: a -> m, cut: true } ]\n");
  EXPECT_EQ(islands_of(plan), "a b m c");
  EXPECT_EQ(plan.borders.size(), 1u);
}

TEST(Islands, EveryNodeIsInOneIslandInTopologicalOrder) {
  const Plan plan =
      plan_of("nodes: { z: end, y: mix, b: blocking, a: device, c: pass }\nlinks: [ a -> b -> y -> z, a -> c -> y ]\n");
  std::vector<int> seen(plan.graph.nodes.size(), 0);
  for (std::size_t i = 0; i < plan.islands.size(); ++i)
    for (const std::size_t n : plan.islands[i].nodes) {
      ++seen[n];
      EXPECT_EQ(plan.island_of[n], i);
    }
  EXPECT_THAT(seen, testing::Each(1));
  for (std::size_t l = 0; l < plan.graph.links.size(); ++l) {
    const BuiltLink& link = plan.graph.links[l];
    EXPECT_TRUE(plan.border_of[l] || plan.island_of[link.from] == plan.island_of[link.to]);
  }
}

Overload policy(const std::string& head, const std::string& links = "[ a -> b ]") {
  return plan_of(head + "nodes: { a: device, b: socket }\nlinks: " + links + "\n").borders[0].on_overrun;
}

TEST(Islands, OverloadIsShedInALiveGraphWithABudgetElseItWaits) {
  EXPECT_EQ(policy("latency: 250 ms\n"), Overload::shed);
  EXPECT_EQ(policy(""), Overload::wait);
  EXPECT_EQ(plan_of("latency: 1 s\nnodes: { a: free, b: { type: end, cut: true } }\nlinks: [ a -> b ]\n")
                .borders[0]
                .on_overrun,
            Overload::wait)
      << "offline nothing is late";
}

TEST(Islands, TheLinkSpeaksBeforeTheGraphAndTheGraphBeforeTheDefault) {
  EXPECT_EQ(policy("latency: { budget: 250 ms, on_overrun: fail }\n"), Overload::fail);
  EXPECT_EQ(policy("latency: { budget: 250 ms, on_overrun: fail }\n", "[ { link: a -> b, on_overrun: wait } ]"),
            Overload::wait);
}

TEST(Islands, WhatComesFasterThanAPacerWaitsForItUnlessTheLinkSaysOtherwise) {
  const std::string head = "latency: { budget: 250 ms, on_overrun: shed }\nnodes: { a: free, p: pacer, b: socket }\n";
  const Plan plan = plan_of(head + "links: [ a -> p -> b ]\n");
  EXPECT_EQ(plan.borders[0].on_overrun, Overload::wait);
  EXPECT_EQ(plan.borders[1].on_overrun, Overload::shed);
  EXPECT_EQ(plan_of(head + "links: [ { link: a -> p, on_overrun: shed }, p -> b ]\n").borders[0].on_overrun,
            Overload::shed);
}

TEST(Islands, ALinkWithAnAnswerOfItsOwnSetsItsBranchApart) {
  const std::string head =
      "latency: { budget: 250 ms, on_overrun: shed }\nnodes: { a: device, b: pass, c: end, d: end }\n";
  EXPECT_EQ(islands_of(plan_of(head + "links: [ a -> b -> c, b -> d ]\n")), "a b c d");
  for (const std::string policy : {"latest", "shed", "fail", "wait"}) {
    const Plan plan = plan_of(head + "links: [ a -> b -> c, { link: b -> d, on_overrun: " + policy + " } ]\n");
    EXPECT_EQ(islands_of(plan), "a b c | d") << policy;
    EXPECT_THAT(borders_of(plan), ElementsAre("b -> d: on_overrun: " + policy));
  }
}

TEST(Islands, ALinkThatWaitsInAGraphThatWaitsNeedsNoBorder) {
  EXPECT_EQ(islands_of(plan_of("nodes: { a: device, b: end }\nlinks: [ { link: a -> b, on_overrun: wait } ]\n")),
            "a b");
  EXPECT_EQ(islands_of(plan_of("nodes: { a: device, b: end }\nlinks: [ { link: a -> b, on_overrun: latest } ]\n")),
            "a | b");
}

TEST(Islands, WhereNoClockIsFollowedEveryLinkWaits) {
  const std::string head =
      "latency: { budget: 1 s, on_overrun: shed }\nnodes: { a: free, b: { type: pass, cut: true }, c: end }\n";
  const Plan plan = plan_of(head + "links: [ a -> b, { link: b -> c, on_overrun: latest } ]\n");
  EXPECT_EQ(islands_of(plan), "a | b c");
  EXPECT_EQ(plan.borders.at(0).on_overrun, Overload::wait) << "else the result would depend on the machine's speed";
}

TEST(Islands, ABranchThatWaitsByItsOwnChoiceDrawsAWarning) {
  const std::string head = "latency: { budget: 250 ms, on_overrun: shed }\nnodes: { a: device, b: end, c: end }\n";
  const Plan plan = plan_of(head + "links: [ a -> b, { link: a -> c, on_overrun: wait } ]\n");
  EXPECT_TRUE(plan.ok());
  ASSERT_EQ(plan.diagnostics().size(), 1u);
  EXPECT_TRUE(plan.diagnostics()[0].warning);
  EXPECT_EQ(to_string(plan.diagnostics()[0]),
            "g.yaml:3:31: warning: when 'c' cannot keep up, 'a' waits for it, and with 'a' every other branch that it "
            "feeds: 'on_overrun: shed' would let them go on");
  EXPECT_THAT(plan_of(head + "links: [ a -> b, { link: a -> c, on_overrun: shed } ]\n").diagnostics(), IsEmpty());
}

TEST(Islands, WhatRunsInTheBackgroundIsSetApartFromWhatIsLive) {
  const Plan plan =
      plan_of("nodes: { a: device, b: { type: pass, priority: background }, c: end }\nlinks: [ a -> b -> c ]\n");
  EXPECT_EQ(islands_of(plan), "a | b | c");
  EXPECT_THAT(borders_of(plan),
              ElementsAre("a -> b: 'b' runs in the background", "b -> c: 'b' runs in the background"));
  EXPECT_TRUE(plan.islands[0].realtime);
  EXPECT_FALSE(plan.islands[1].realtime);
  EXPECT_EQ(
      islands_of(plan_of("nodes: { a: free, b: { type: pass, priority: background }, c: end }\nlinks: [ a -> b -> "
                         "c ]\n")),
      "a b c")
      << "offline nothing is urgent";
}

TEST(Islands, WhatMayBlockCannotHaveRealTimePriority) {
  const Plan plan =
      plan_of("nodes: { a: device, b: { type: blocking, priority: realtime }, c: end }\nlinks: [ a -> b -> c ]\n");
  EXPECT_FALSE(plan.ok());
  EXPECT_THAT(plan.diagnostics().at(0).message,
              testing::HasSubstr("'b' (blocking) cannot have the priority 'realtime'"));
  EXPECT_TRUE(
      plan_of("nodes: { a: device, b: { type: pass, priority: realtime }, c: end }\nlinks: [ a -> b -> c ]\n").ok());
}

TEST(Islands, APinIsAnIslandOfItsOwn) {
  const Plan plan = plan_of(
      "nodes: { a: free, b: { type: pass, pin: 0 }, c: { type: pass, pin: 0 }, d: end }\nlinks: [ a -> b -> c -> d "
      "]\n");
  EXPECT_EQ(islands_of(plan), "a | b c | d");
  EXPECT_EQ(plan.islands[1].pin, 0);
  EXPECT_EQ(plan.islands[0].pin, std::nullopt);
}

TEST(Islands, APinToACpuThatIsNotThereNamesThoseThatAre) {
  const std::vector<int> cpus = allowed_cpus();
  const auto pinned_to = [](int cpu) {
    return plan_of(
        fmt::format("nodes: {{ a: free, b: {{ type: pass, pin: {} }}, c: end }}\nlinks: [ a -> b -> c ]\n", cpu));
  };
  EXPECT_TRUE(pinned_to(cpus.back()).ok());
  const Plan refused = pinned_to(1023);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(
      refused.diagnostics().at(0).message,
      testing::HasSubstr(fmt::format("'b' cannot be pinned to CPU 1023: this process may run on {}", cpus.front())));
}

}  // namespace
}  // namespace sluice
