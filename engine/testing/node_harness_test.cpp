#include "engine/testing/node_harness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/testing/realtime_trap.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Doubling final : public SampleNode {
 public:
  using SampleNode::process;
  void process(std::size_t) REALTIME override {
    for (std::size_t c = 0; c < channels(); ++c)
      for (float& x : channel(c)) x *= 2;
  }
};

// Allocates in process(), which it must not.
class Allocating final : public Node {
 public:
  explicit Allocating(bool realtime) : realtime_(realtime) {}
  In<float> in{*this, "in", "audio"};
  Traits traits() const override { return {.realtime = realtime_}; }
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (in.next()) sizes.push_back(1);
    sizes.shrink_to_fit();
  }
  std::vector<int> sizes;

 private:
  bool realtime_;
};

// Emits each second block only, and one more at the end.
class Holding final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Counter held{*this, "held", "blocks"};
  Status configure() override {
    if (in.format().channels != 1) return Error{"in", "takes mono"};
    out.set_spec(in.spec());
    return {};
  }
  void process() REALTIME override {
    while (BlockRef block = in.next()) {
      held.add();
      if (in.gap()) block->header.flags |= kDiscontinuity;
      if (held_) out.emit(std::move(held_));
      held_ = std::move(block);
    }
  }
  void flush() REALTIME override {
    if (held_) out.emit(std::move(held_));
  }

 private:
  BlockRef held_;
};

TEST(NodeHarness, CutsAudioIntoBlocksAndJoinsItAgain) {
  NodeHarness harness(std::make_unique<Doubling>());
  harness.connect("in", audio_spec(48000, 2, 4));
  ASSERT_TRUE(harness.start());
  harness.feed_audio("in", {{1, 2, 3, 4, 5, 6}, {0, 0, 0, 0, 0, 7}});
  ASSERT_EQ(harness.out("out").size(), 2u);
  EXPECT_EQ(harness.out("out")[1]->header.position, 4);
  EXPECT_EQ(harness.out("out")[1]->header.frames, 2);
  EXPECT_THAT(harness.audio("out")[0], ElementsAre(2, 4, 6, 8, 10, 12));
  EXPECT_THAT(harness.audio("out")[1], ElementsAre(0, 0, 0, 0, 0, 14));
}

TEST(NodeHarness, GivesANodesErrorOfFormat) {
  NodeHarness harness(std::make_unique<Holding>());
  harness.connect("in", audio_spec(48000, 2));
  const Status status = harness.start();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text(), HasSubstr("takes mono"));
}

TEST(NodeHarness, FlushesAtTheEnd) {
  NodeHarness harness(std::make_unique<Holding>());
  harness.connect("in", audio_spec(48000, 1, 4));
  ASSERT_TRUE(harness.start());
  harness.feed_audio("in", {{1, 2, 3, 4, 5, 6, 7, 8}});
  EXPECT_EQ(harness.out("out").size(), 1u);
  harness.end();
  EXPECT_EQ(harness.out("out").size(), 2u);
  EXPECT_EQ(harness.counter("held"), 2);
  EXPECT_THROW(harness.counter("lost"), std::invalid_argument);
}

TEST(NodeHarness, PassesFlagsWithTheFirstBlock) {
  NodeHarness harness(std::make_unique<Holding>());
  harness.connect("in", audio_spec(48000, 1, 2));
  ASSERT_TRUE(harness.start());
  harness.feed_audio("in", {{1, 2}});
  harness.feed_audio("in", {{3, 4, 5, 6}}, kDiscontinuity);
  harness.end();
  ASSERT_EQ(harness.out("out").size(), 3u);
  EXPECT_FALSE(harness.out("out")[0]->discontinuity());
  EXPECT_TRUE(harness.out("out")[1]->discontinuity());
  EXPECT_FALSE(harness.out("out")[2]->discontinuity());
}

TEST(NodeHarness, StampsBlocksWithItsClock) {
  NodeHarness harness(std::make_unique<Doubling>());
  harness.connect("in", audio_spec(48000, 1, 2));
  ASSERT_TRUE(harness.start());
  const Time start = harness.now();
  harness.feed_audio("in", {{1, 2}});
  harness.clock().advance(std::chrono::milliseconds(5));
  harness.feed_audio("in", {{1, 2}});
  EXPECT_EQ(harness.out("out")[0]->header.capture_time, start);
  EXPECT_EQ(harness.out("out")[1]->header.capture_time, start + std::chrono::milliseconds(5));
}

TEST(NodeHarness, CatchesARealTimeNodeThatAllocates) {
  if (!RealtimeTrap::active()) GTEST_SKIP() << "the sanitizer owns malloc";
  const auto violation = [](bool realtime) {
    NodeHarness harness(std::make_unique<Allocating>(realtime));
    harness.connect("in", audio_spec(48000, 1, 1));
    EXPECT_TRUE(harness.start());
    harness.feed_audio("in", {std::vector<float>(20)});
    return harness.realtime_violation();
  };
  EXPECT_NE(violation(true), "");
  EXPECT_EQ(violation(false), "") << "a node that says it may block may allocate";
}

TEST(NodeHarness, FindsNothingInARealTimeNodeThatBehaves) {
  NodeHarness harness(std::make_unique<Doubling>());
  harness.connect("in", audio_spec(48000, 2, 16));
  ASSERT_TRUE(harness.start());
  harness.feed_audio("in", {std::vector<float>(1000), std::vector<float>(1000)});
  EXPECT_EQ(harness.realtime_violation(), "");
}

TEST(NodeHarness, RefusesWhatTheNodeDoesNotHave) {
  EXPECT_THROW(NodeHarness("no.such.node"), std::invalid_argument);
  NodeHarness harness(std::make_unique<Doubling>());
  EXPECT_THROW(harness.connect("out", audio_spec(48000, 1)), std::invalid_argument);
  EXPECT_FALSE(harness.set("gain", "1"));
}

}  // namespace
}  // namespace sluice
