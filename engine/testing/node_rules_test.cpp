#include "engine/testing/node_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class Sound final : public SampleNode {
 public:
  Param<int> order{*this, "order", {.default_value = 4, .min = 1, .max = 16, .doc = "of the filter"}};
  Counter clipped{*this, "clipped", "samples at full scale"};
  Status configure() override {
    if (input.format().channels > 2) return Error{"in", "takes one or two channels"};
    return SampleNode::configure();
  }
  void process(std::size_t) REALTIME override {}
};

class Faulty final : public Node {
 public:
  In<float> in{*this, "in", ""};
  Out<float> out{*this, "in", "named like its input"};
  Param<double> level{*this, "Level", {.unit = "dB", .default_value = 7, .min = -3, .max = 3, .doc = "loud"}};
  Status configure() override { return Error{"somewhere", "no"}; }
};

template <typename N>
std::vector<std::string> rules_broken_by(const char* type) {
  Registry registry;
  registry.add(type, "a node", [] { return std::make_unique<N>(); });
  return broken_rules(type, registry);
}

TEST(BrokenRules, AreNoneOfASoundNode) {
  EXPECT_THAT(rules_broken_by<Sound>("test.sound"), IsEmpty());
}

TEST(BrokenRules, AreNamedEach) {
  const auto faults = rules_broken_by<Faulty>("Test.Faulty");
  EXPECT_THAT(faults, Contains(HasSubstr("default of 'Level' is refused")));
  EXPECT_THAT(faults, Contains(HasSubstr("'Level' is not lower_snake")));
  EXPECT_THAT(faults, Contains(HasSubstr("type is not named like")));
  EXPECT_THAT(faults, Contains(HasSubstr("'in' does not say what it is")));
  EXPECT_THAT(faults, Contains(HasSubstr("'in' is there twice")));
  EXPECT_THAT(faults, Contains(AllOf(HasSubstr("44100 Hz, 2 ch"), HasSubstr("names no part"))));
}

TEST(BrokenRules, SayThatThereIsNoSuchNode) {
  EXPECT_THAT(broken_rules("test.none"), Contains(HasSubstr("no node type 'test.none'")));
}

}  // namespace
}  // namespace sluice
