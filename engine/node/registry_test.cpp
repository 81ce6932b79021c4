#include "engine/node/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/node/node.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class Described final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  In<Packet<"mp3">> side{*this, "side", "frames", {.optional = true}};
  Ins<float> more{*this, "more", "any number of streams"};
  Out<Text<"transcript">> out{*this, "out", "words"};
  Param<int> beams{*this, "beams", {.default_value = 4, .min = 1, .max = 16, .doc = "hypotheses kept"}};
  Counter words{*this, "words", "words found"};
  Traits traits() const override { return {.realtime = false}; }
  Status configure() override { return {}; }
};

Registry one() {
  Registry registry;
  registry.add("test.described", "a node", [] { return std::make_unique<Described>(); });
  return registry;
}

TEST(Registry, MakesANewNodeEachTime) {
  const Registry registry = one();
  const auto first = registry.make("test.described"), second = registry.make("test.described");
  ASSERT_TRUE(first && second);
  EXPECT_NE(first.get(), second.get());
}

TEST(Registry, KnowsOnlyWhatWasAdded) {
  const Registry registry = one();
  EXPECT_TRUE(registry.contains("test.described"));
  EXPECT_FALSE(registry.contains("test.describe"));
  EXPECT_EQ(registry.make(""), nullptr);
}

TEST(Registry, ListsTypesInOrder) {
  Registry registry = one();
  registry.add("b", "", [] { return std::make_unique<Described>(); });
  registry.add("a", "", [] { return std::make_unique<Described>(); });
  EXPECT_THAT(registry.types(), ElementsAre("a", "b", "test.described"));
}

TEST(Registry, DescribesPortsParametersAndCounters) {
  const Registry registry = one();
  const Descriptor d = registry.describe("test.described");
  EXPECT_EQ(d.type, "test.described");
  EXPECT_EQ(d.doc, "a node");
  EXPECT_FALSE(d.realtime);
  ASSERT_THAT(d.ins, SizeIs(3));
  EXPECT_EQ(d.ins[0].name, "in");
  EXPECT_EQ(d.ins[0].media, "audio");
  EXPECT_TRUE(d.ins[1].optional);
  EXPECT_EQ(d.ins[1].codec, "mp3");
  EXPECT_EQ(d.ins[2].name, "more");
  EXPECT_EQ(d.ins[2].media, "audio");
  EXPECT_TRUE(d.ins[2].many);
  ASSERT_THAT(d.outs, SizeIs(1));
  EXPECT_EQ(d.outs[0].codec, "transcript");
  ASSERT_THAT(d.params, SizeIs(1));
  EXPECT_EQ(d.params[0].default_text, "4");
  EXPECT_THAT(d.counters, ElementsAre("words"));
}

TEST(Node, KeepsTheFirstFailureAndCutsALongOne) {
  class Failing final : public Node {
   public:
    Status configure() override { return {}; }
    using Node::fail;
  };
  Failing first;
  EXPECT_EQ(first.failure(), "");
  first.fail("the disk is full");
  first.fail("and the fan stopped");
  EXPECT_EQ(first.failure(), "the disk is full");
  Failing longest;
  longest.fail(std::string(1000, 'x'));
  EXPECT_EQ(longest.failure(), std::string(255, 'x'));
}

}  // namespace
}  // namespace sluice
