#include "engine/graph/live_params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/graph/front.h"

namespace sluice {
namespace {

using testing::HasSubstr;

class Knob final : public SampleNode {
 public:
  Param<double> gain{
      *this, "gain", {.unit = "dB", .default_value = 0, .min = -120, .max = 60, .doc = "factor", .live = true}};
  Param<int> taps{*this, "taps", {.default_value = 3, .doc = "length"}};
  using SampleNode::process;
  void process(std::size_t) REALTIME override {}
};

class Source final : public Node {
 public:
  Out<float> out{*this, "out", "audio"};
  Param<int> seed{*this, "seed", {.default_value = 1, .doc = "of the noise"}};
  Status configure() override {
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = 48000, .channels = 1}, 48);
    return {};
  }
};

class Sink final : public Node {
 public:
  In<Anything> in{*this, "in", "anything"};
  Status configure() override { return {}; }
};

BuiltGraph graph() {
  static Registry registry;
  if (registry.types().empty()) {
    registry.add("source", "audio", [] { return std::make_unique<Source>(); });
    registry.add("knob", "amplifies", [] { return std::make_unique<Knob>(); });
    registry.add("sink", "ends", [] { return std::make_unique<Sink>(); });
  }
  return build_graph(parse_graph_line("noise: source -> volume: knob(gain=-3 dB) -> end: sink", registry, {}).spec,
                     registry);
}

std::string said(BuiltGraph& built, const char* node, const char* param, const char* text) {
  const Status status = adjust_param(built, node, param, text);
  return status ? "" : status.error().text();
}

TEST(LiveParams, AreChangedInTheNodeAndInTheSpec) {
  BuiltGraph built = graph();
  ASSERT_TRUE(built.ok());
  EXPECT_EQ(said(built, "volume", "gain", "-12 dB"), "");
  EXPECT_EQ(built.nodes[1].node->params()[0]->text(), "-12 dB");
  EXPECT_EQ(built.nodes[1].spec.params[0].value, "-12 dB");
}

TEST(LiveParams, ThatTheFileDidNotNameAppearInTheSpec) {
  BuiltGraph built = graph();
  built.nodes[1].spec.params.clear();
  EXPECT_EQ(said(built, "volume", "gain", "1"), "");
  ASSERT_EQ(built.nodes[1].spec.params.size(), 1u);
  EXPECT_EQ(built.nodes[1].spec.params[0].name, "gain");
  EXPECT_EQ(built.nodes[1].spec.params[0].value, "1 dB");
}

TEST(LiveParams, ErrorsNameWhatIsAllowed) {
  BuiltGraph built = graph();
  EXPECT_EQ(said(built, "volum", "gain", "1"),
            "unknown node 'volum': did you mean 'volume'? known: noise, volume, end");
  EXPECT_EQ(said(built, "volume", "gian", "1"),
            "unknown parameter 'gian' of 'volume' (knob): did you mean 'gain'? known: gain, taps");
  EXPECT_EQ(said(built, "volume", "taps", "4"), "volume.taps: cannot be changed while running; what can: gain");
  EXPECT_THAT(said(built, "noise", "seed", "4"), HasSubstr("nothing of 'source' can: replace the node"));
  EXPECT_THAT(said(built, "volume", "gain", "100"), HasSubstr("allowed: -120 dB to 60 dB"));
}

}  // namespace
}  // namespace sluice
