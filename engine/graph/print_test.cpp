#include "engine/graph/print.h"

#include "engine/graph/nodes_for_tests.h"

namespace sluice {
namespace {

using testing::IsEmpty;

TEST(GraphPrint, WhatItPrintsReadsBackAsTheSameGraph) {
  const Parsed first = read_yaml(R"(graph: demo
latency: { budget: 250 ms, on_overrun: shed }
nodes:
  in:  { type: source, rate: 44.1 kHz }
  amp: { type: gain, gain: -6 dB, cut: true }
  out: { type: sink, fuse: true, pin: 2, priority: background }
links:
  - in -> amp
  - { link: amp -> out, on_overrun: wait, cut: true }
)");
  ASSERT_THAT(lines(first.diagnostics), IsEmpty());
  const std::string text = to_yaml(first.spec);
  const Parsed second = read_yaml(text.c_str());
  ASSERT_THAT(lines(second.diagnostics), IsEmpty()) << text;
  EXPECT_EQ(to_yaml(second.spec), text);
  EXPECT_EQ(second.spec.budget, first.spec.budget);
  EXPECT_EQ(links_of(second.spec), links_of(first.spec));
  EXPECT_EQ(param_of(second.spec, "amp", "gain"), "-6 dB");
  EXPECT_TRUE(second.spec.nodes[1].placement.cut);
  EXPECT_EQ(second.spec.links[1].on_overrun, Overload::wait);
  EXPECT_TRUE(second.spec.nodes[2].placement.fuse);
  EXPECT_EQ(second.spec.nodes[2].placement.pin, 2);
  EXPECT_EQ(second.spec.nodes[2].placement.priority, Priority::background);
}

TEST(GraphPrint, KeepsQuotesBackslashesAndDollars) {
  GraphSpec spec;
  spec.name = "odd";
  spec.nodes.push_back({.name = "a/b",
                        .type = "source",
                        .mark = {},
                        .type_mark = {},
                        .params = {{.name = "title", .value = "5$ \"x\\\n", .mark = {}, .name_mark = {}, .origin = {}}},
                        .placement = {},
                        .base_dir = {}});
  const std::string text = to_yaml(spec);
  EXPECT_NE(text.find("a_b"), std::string::npos);
  EXPECT_NE(text.find(R"("5$$ \"x\\\x0a")"), std::string::npos) << text;
}

}  // namespace
}  // namespace sluice
