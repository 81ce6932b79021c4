#include <gtest/gtest.h>

#include "engine/testing/node_harness.h"
#include "engine/testing/node_rules.h"

TEST(DcBlock, TakesTheDcAwayInRealTime) {
  sluice::NodeHarness node("my.dc_block");
  ASSERT_TRUE(node.set("cutoff", "20 Hz"));
  node.connect("in", sluice::audio_spec(48000, 2));
  ASSERT_TRUE(node.start());
  node.feed_audio("in", {std::vector<float>(48000, 0.5f), std::vector<float>(48000, -1.0f)});
  node.end();
  ASSERT_EQ(node.audio("out")[0].size(), 48000u);
  EXPECT_FLOAT_EQ(node.audio("out")[0].front(), 0.5f);
  EXPECT_NEAR(node.audio("out")[0].back(), 0.0f, 1e-6f);
  EXPECT_NEAR(node.audio("out")[1].back(), 0.0f, 1e-6f);
  EXPECT_EQ(node.realtime_violation(), "");
}

TEST(DcBlock, KeepsTheRulesOfEveryNode) {
  EXPECT_EQ(sluice::broken_rules("my.dc_block"), std::vector<std::string>{});
}
