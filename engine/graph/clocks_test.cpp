#include "engine/graph/clocks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/graph/diff.h"
#include "engine/graph/front.h"
#include "engine/graph/plan.h"

namespace sluice {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// "mic", "free": audio by the clock that `device` names, or by none.
template <ClockDomain clock>
class Source final : public Node {
 public:
  Out<float> out{*this, "out", "audio"};
  Param<std::string> device{*this, "device", {.doc = "whose clock"}};
  Traits traits() const override { return {.realtime = true, .clock = clock}; }
  std::string clock_name() const override { return device; }
  Status configure() override {
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = 48000, .channels = 1}, 480);
    return {};
  }
};

// "speaker", "net": takes audio by the clock that `device` names, or as it comes.
template <ClockDomain clock>
class Sink final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Param<std::string> device{*this, "device", {.doc = "whose clock"}};
  Traits traits() const override { return {.realtime = true, .clock = clock}; }
  std::string clock_name() const override { return device; }
  std::shared_ptr<const ClockFace> clock_face() override { return face; }
  bool self_driven() const override { return clock == ClockDomain::device; }
  Status configure() override { return {}; }
  std::shared_ptr<ClockFace> face = clock == ClockDomain::none ? nullptr : std::make_shared<ClockFace>();
};

// "pass", "pacer": one stream through.
template <ClockDomain clock>
class Pass final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Traits traits() const override { return {.realtime = true, .clock = clock}; }
  bool self_driven() const override { return clock == ClockDomain::wall; }
  std::shared_ptr<const ClockFace> clock_face() override { return face; }
  Status configure() override {
    out.set_spec(in.spec());
    return {};
  }
  std::shared_ptr<ClockFace> face = clock == ClockDomain::none ? nullptr : std::make_shared<ClockFace>();
};

class Sum final : public Node {
 public:
  Ins<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Status configure() override {
    out.set_spec(in[0].spec());
    return {};
  }
};

class Bridge final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  In<float> clock{*this, "clock", "the stream to keep in step with", {.optional = true}};
  Out<float> out{*this, "out", "audio"};
  Traits traits() const override { return {.realtime = true, .bridges_clocks = true}; }
  void follow(std::shared_ptr<const ClockFace> face) override { followed = std::move(face); }
  Status configure() override {
    out.set_spec(in.spec());
    return {};
  }
  std::shared_ptr<const ClockFace> followed;
};

Registry registry_with(bool bridge) {
  Registry r;
  r.add("mic", "source", [] { return std::make_unique<Source<ClockDomain::device>>(); });
  r.add("free", "source", [] { return std::make_unique<Source<ClockDomain::none>>(); });
  r.add("speaker", "sink", [] { return std::make_unique<Sink<ClockDomain::device>>(); });
  r.add("net", "sink", [] { return std::make_unique<Sink<ClockDomain::none>>(); });
  r.add("pass", "passes", [] { return std::make_unique<Pass<ClockDomain::none>>(); });
  r.add("pacer", "paces", [] { return std::make_unique<Pass<ClockDomain::wall>>(); });
  r.add("sum", "sums", [] { return std::make_unique<Sum>(); });
  if (bridge) r.add("x.bridge", "bridges", [] { return std::make_unique<Bridge>(); });
  return r;
}

BuiltGraph build(const std::string& line, bool auto_convert = false, bool bridge = true) {
  static const Registry with = registry_with(true), without = registry_with(false);
  const Registry& registry = bridge ? with : without;
  Parsed parsed = parse_graph_line(line, registry, {});
  EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : to_string(parsed.diagnostics[0]));
  parsed.spec.auto_convert = auto_convert;
  return build_graph(std::move(parsed.spec), registry);
}

std::vector<std::string> messages(const BuiltGraph& graph) {
  std::vector<std::string> result;
  for (const Diagnostic& d : graph.diagnostics) result.push_back(d.message);
  return result;
}

std::vector<std::string> links_of(const BuiltGraph& graph) {
  std::vector<std::string> result;
  for (const BuiltLink& link : graph.links)
    result.push_back(graph.nodes[link.from].spec.name + " -> " + graph.nodes[link.to].spec.name + "." +
                     link.in->name());
  std::ranges::sort(result);
  return result;
}

Node& node(const BuiltGraph& graph, const std::string& name) {
  for (const BuiltNode& built : graph.nodes)
    if (built.spec.name == name) return *built.node;
  throw std::invalid_argument(name);
}

TEST(Clocks, NeedNoBridgeWhereOneOfTwoFollowsTheOther) {
  for (const char* line : {
           "free -> speaker(device=a)",                                      // back-pressure
           "free -> pacer -> pass -> net",                                   // the network takes what comes
           "mic(device=a) -> pass -> net",                                   //
           "mic(device=a) -> pass -> speaker(device=a)",                     // one device, one clock
           "a: mic(device=a) -> m: sum -> net; b: mic(device=a) -> m",       //
           "a: mic(device=a) -> m: sum -> net; b: free -> m",                // the tone waits for the microphone
           "a: free -> p: pacer -> m: sum -> net; b: free -> q: pacer -> m"  // there is one wall clock
       })
    EXPECT_THAT(messages(build(line)), IsEmpty()) << line;
}

TEST(Clocks, ADeviceThatFeedsAnotherNeedsABridge) {
  const BuiltGraph graph = build("in: mic(device=usb) -> pass -> out: speaker(device=hdmi)");
  ASSERT_THAT(graph.diagnostics, SizeIs(1));
  EXPECT_EQ(graph.diagnostics[0].mark.column, 37);
  EXPECT_EQ(
      graph.diagnostics[0].message,
      "what 'in' (mic) makes by the clock 'usb' goes to 'out' (speaker), which takes it by the clock 'hdmi'; no two "
      "clocks are equally fast: put 'x.bridge' between them, or say 'auto_convert: true'");
}

TEST(Clocks, DevicesWithoutANameHaveEachAClockOfItsOwn) {
  EXPECT_THAT(messages(build("mic -> speaker")), ElementsAre(HasSubstr("'mic' (mic) makes by a clock of its own")));
}

TEST(Clocks, TheWallAndADeviceNeedABridge) {
  EXPECT_THAT(messages(build("free -> pacer -> speaker(device=a)")),
              ElementsAre(AllOf(HasSubstr("'pacer' (pacer) makes by the clock 'wall'"), HasSubstr("'x.bridge'"))));
  EXPECT_THAT(messages(build("mic(device=a) -> pacer -> net")),
              ElementsAre(HasSubstr("'pacer' (pacer), which takes it by the clock 'wall'")));
}

TEST(Clocks, StreamsOfTwoClocksThatMeetNeedABridgeBeforeOneOfThem) {
  EXPECT_THAT(
      messages(build("a: mic(device=usb) -> m: sum -> net; b: mic(device=hdmi) -> m")),
      ElementsAre("what 'b' (mic) makes by the clock 'hdmi' meets in 'm' (sum) what 'a' (mic) makes by the clock "
                  "'usb'; no two clocks are equally fast: put 'x.bridge' before it, with the stream of 'a' at its "
                  "input 'clock', or say 'auto_convert: true'"));
}

TEST(Clocks, ABridgeFollowsTheClockDownstream) {
  const BuiltGraph graph = build("mic(device=a) -> b: x.bridge -> pass -> out: speaker(device=b)");
  EXPECT_THAT(messages(graph), IsEmpty());
  EXPECT_EQ(dynamic_cast<Bridge&>(node(graph, "b")).followed, node(graph, "out").clock_face());
  const BuiltGraph paced = build("mic(device=a) -> b: x.bridge -> p: pacer -> net");
  EXPECT_THAT(messages(paced), IsEmpty());
  EXPECT_EQ(dynamic_cast<Bridge&>(node(paced, "b")).followed, node(paced, "p").clock_face());
}

TEST(Clocks, ABridgeWithAClockInputIsDrivenByIt) {
  EXPECT_THAT(
      messages(build("a: mic(device=usb) -> m: sum -> net; b: mic(device=hdmi) -> x: x.bridge -> m; a -> x.clock")),
      IsEmpty());
  EXPECT_THAT(
      messages(
          build("a: mic(device=usb) -> x.clock; b: mic(device=hdmi) -> x: x.bridge -> speaker(device=hdmi); a -> net")),
      ElementsAre(HasSubstr("'a' (mic) makes by the clock 'usb' goes to 'speaker'")))
      << "its output goes by the clock of a";
}

TEST(Clocks, ABridgeCannotFollowTwoClocks) {
  EXPECT_THAT(
      messages(build("mic(device=a) -> b: x.bridge -> u: speaker(device=u); b -> v: speaker(device=v)")),
      ElementsAre(AllOf(HasSubstr("'b' (x.bridge) cannot follow both"), HasSubstr("put a bridge before each"))));
}

TEST(Clocks, ABridgeThatFindsNoneIsAWarning) {
  const BuiltGraph graph = build("free -> b: x.bridge -> net");
  EXPECT_TRUE(graph.ok());
  EXPECT_THAT(messages(graph), ElementsAre(HasSubstr("'b' (x.bridge) finds no clock to follow")));
}

TEST(Clocks, AutoConvertPutsABridgeBeforeADevice) {
  const BuiltGraph graph = build("in: mic(device=a) -> out: speaker(device=b)", true);
  EXPECT_THAT(messages(graph), IsEmpty());
  EXPECT_THAT(links_of(graph), ElementsAre("in -> out/x.bridge.in", "out/x.bridge -> out.in"));
  EXPECT_EQ(dynamic_cast<Bridge&>(node(graph, "out/x.bridge")).followed, node(graph, "out").clock_face());
  EXPECT_EQ(graph.order.size(), graph.nodes.size());
}

TEST(Clocks, AutoConvertPutsABridgeBeforeAJoin) {
  const BuiltGraph graph =
      build("a: mic(device=a) -> g: pass -> m: sum -> net; b: mic(device=b) -> m; c: mic(device=c) -> m", true);
  EXPECT_THAT(messages(graph), IsEmpty());
  EXPECT_THAT(links_of(graph), ElementsAre("a -> g.in", "b -> m/x.bridge.in", "c -> m/x.bridge2.in", "g -> m.in1",
                                           "g -> m/x.bridge.clock", "g -> m/x.bridge2.clock", "m -> net.in",
                                           "m/x.bridge -> m.in2", "m/x.bridge2 -> m.in3"));
  EXPECT_EQ(graph.order.size(), graph.nodes.size());
}

TEST(Clocks, ABridgeAndTheNodeThatItFollowsAreReplacedTogether) {
  const BuiltGraph running = build("in: mic(device=a) -> b: x.bridge -> out: speaker(device=u)");
  const GraphDiff clock = diff_graphs(running, build("in: mic(device=a) -> b: x.bridge -> out: speaker(device=v)"));
  EXPECT_THAT(clock.kept, ElementsAre("in"));
  EXPECT_THAT(clock.replaced, testing::UnorderedElementsAre("b", "out"));
  EXPECT_TRUE(diff_graphs(running, build("in: mic(device=a) -> b: x.bridge -> out: speaker(device=u)")).only_params());
}

TEST(Clocks, WithoutABridgeInTheRegistryNoneIsNamed) {
  EXPECT_THAT(messages(build("mic(device=a) -> speaker(device=b)", true, false)),
              ElementsAre(testing::EndsWith("no two clocks are equally fast")));
}

}  // namespace
}  // namespace sluice
