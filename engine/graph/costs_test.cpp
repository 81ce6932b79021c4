#include "engine/graph/costs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/graph/live_nodes_for_tests.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

RunTime took(Duration p99, double cpu = 0.01) {
  return {.p50 = p99 / 2, .p99 = p99, .cpu = cpu};
}

Costs costs_of(std::map<std::string, RunTime> nodes, std::vector<IslandCost> islands = {}) {
  Costs costs;
  costs.nodes = std::move(nodes);
  costs.islands = std::move(islands);
  return costs;
}

const std::string kGraph = "nodes: { a: device, b: pass, c: socket }\nlinks: [ a -> b -> c ]\n";

TEST(Costs, AreNotKnownUntilTheyAreMeasured) {
  const Plan plan = plan_of(kGraph);
  EXPECT_FALSE(plan.islands[0].time);
  EXPECT_EQ(plan.paths[0].compute, std::nullopt);
}

TEST(Costs, OfAPathAreThoseOfItsIslands) {
  const Costs costs = costs_of({}, {{{"a", "b"}, took(3ms)}, {{"c"}, took(500us)}});
  const Plan plan = plan_of(kGraph, &costs);
  EXPECT_EQ(plan.paths.at(0).compute, 3500us);
  EXPECT_EQ(plan.paths[0].total(), 40ms + 3500us) << "and are part of the total";
}

TEST(Costs, OfAnIslandThatWasNotMeasuredAreTheSumOfItsNodes) {
  const Costs costs = costs_of({{"a", took(1ms, 0.1)}, {"b", took(2ms, 0.2)}, {"c", took(4ms, 0.4)}});
  const Plan plan = plan_of(kGraph, &costs);
  ASSERT_TRUE(plan.islands[0].time);
  EXPECT_EQ(plan.islands[0].time->p99, 3ms);
  EXPECT_DOUBLE_EQ(plan.islands[0].time->cpu, 0.1 + 0.2);
  EXPECT_EQ(plan.paths[0].compute, 7ms);
}

TEST(Costs, OfANodeThatWasNotMeasuredAreUnknownUnlessItDeclaresThem) {
  const Costs costs = costs_of({{"a", took(1ms)}, {"c", took(4ms)}});
  EXPECT_EQ(plan_of(kGraph, &costs).paths[0].compute, std::nullopt);
  const Plan plan =
      plan_of("nodes: { a: device, b: { type: pass, run_time: 2 ms }, c: socket }\nlinks: [ a -> b -> c ]\n", &costs);
  EXPECT_EQ(plan.paths[0].compute, 7ms);
  EXPECT_DOUBLE_EQ(plan.islands[0].time->cpu, 0.01 + 0.2) << "2 ms of every 10";
}

TEST(Costs, CountOnlyFromTheNodeThatStamps) {
  const Costs costs = costs_of({{"a", took(1s)}, {"p", took(1ms)}, {"b", took(2ms)}});
  const Plan plan = plan_of("nodes: { a: free, p: pacer, b: end }\nlinks: [ a -> p -> b ]\n", &costs);
  EXPECT_EQ(plan.paths.at(0).compute, 3ms);
}

TEST(Costs, ArePaidFromTheBudget) {
  const Costs costs = costs_of({}, {{{"a", "b"}, took(25ms)}, {{"c"}, took(2ms)}});
  const Plan plan = plan_of("latency: 60 ms\n" + kGraph, &costs);
  EXPECT_TRUE(plan.ok());
  EXPECT_EQ(plan.borders.at(0).credits, 3u) << "60 ms less 27 ms";
  const Plan refused = plan_of("latency: 46 ms\n" + kGraph, &costs);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.diagnostics()[0].message,
              HasSubstr("up to 47.0 ms (0.0 algorithmic, 20.0 queueing, 27.0 compute)"));
  EXPECT_THAT(refused.diagnostics()[0].message, HasSubstr("the largest share is the run time of 'a' and what follows"));
}

TEST(Costs, OfARealTimeIslandBeyondACoreAreRefused) {
  const auto with = [](const std::string& c, double cpu) {
    const Costs costs = costs_of({{"a", took(1ms)}, {"b", took(2ms, cpu)}, {"c", took(1ms, cpu)}});
    return plan_of("nodes: { a: device, b: pass, c: " + c + " }\nlinks: [ a -> b -> c ]\n", &costs);
  };
  EXPECT_TRUE(with("socket", 0.9).ok());
  const Plan refused = with("socket", 1.25);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(
      to_string(refused.diagnostics()[0]),
      testing::StartsWith("g.yaml:1:21: error: the island of 'a' needs 1.26 of a core to keep up, and runs on one "
                          "at a time; most of it goes to 'b' (pass)"));
  EXPECT_TRUE(refused.diagnostics()[1].warning) << "what is not real-time sheds";
}

TEST(Costs, AreThoseOfOneGraphOnly) {
  GraphSpec spec = plan_of(kGraph).graph.spec;
  const std::string hash = graph_hash(spec);
  EXPECT_EQ(hash.size(), 16u);
  EXPECT_EQ(graph_hash(spec), hash);
  spec.nodes[1].placement.cut = true;
  EXPECT_NE(graph_hash(spec), hash);
}

}  // namespace
}  // namespace sluice
