#include "engine/node/param.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/node/node.h"

namespace sluice {
namespace {

using testing::ElementsAre;

class Knobs final : public Node {
 public:
  Param<double> length{*this, "length", {.unit = "s", .default_value = 0.01, .min = 0.001, .max = 2, .doc = "a time"}};
  Param<double> rate{*this, "rate", {.unit = "Hz", .default_value = 48000, .min = 8000, .doc = "a frequency"}};
  Param<float> level{*this, "level", {.unit = "dB", .default_value = -20, .max = 0, .doc = "a level"}};
  Param<double> any{*this, "any", {.doc = "a number"}};
  Param<int> channels{*this, "channels", {.default_value = 2, .min = 1, .max = 8, .doc = "how many"}};
  Param<int> count{*this, "count", {.doc = "a whole number"}};
  Param<bool> loop{*this, "loop", {.default_value = true, .doc = "over and over"}};
  Param<std::string> law{*this, "law", {.default_value = "alaw", .choices = {"alaw", "mulaw"}, .doc = "which"}};
  Param<std::string> path{*this, "path", {.doc = "a file", .required = true}};
  Status configure() override { return {}; }
};

// What assign() says; "" on success.
std::string said(ParamBase& param, std::string_view text) {
  const Status status = param.assign(text);
  return status ? "" : status.error().text();
}

TEST(Param, BelongsToItsNodeInTheOrderOfDeclaration) {
  const Knobs knobs;
  std::vector<std::string> names;
  for (const ParamBase* param : knobs.params()) names.push_back(param->name());
  EXPECT_THAT(names, ElementsAre("length", "rate", "level", "any", "channels", "count", "loop", "law", "path"));
}

TEST(Param, HasItsDefaultUntilAssigned) {
  Knobs knobs;
  EXPECT_EQ(knobs.length, 0.01);
  EXPECT_TRUE(knobs.loop);
  EXPECT_TRUE(knobs.law.is("alaw"));
  EXPECT_EQ(knobs.path.value(), "");
  EXPECT_FALSE(knobs.length.assigned());
  EXPECT_EQ(said(knobs.length, "10 ms"), "");
  EXPECT_TRUE(knobs.length.assigned()) << "also to the value it had";
}

TEST(Param, ReadsUnitsOfItsDimension) {
  Knobs knobs;
  EXPECT_EQ(said(knobs.length, "250 ms"), "");
  EXPECT_DOUBLE_EQ(knobs.length, 0.25);
  EXPECT_EQ(said(knobs.length, "1.5"), "");
  EXPECT_DOUBLE_EQ(knobs.length, 1.5) << "a bare number is in the base unit";
  EXPECT_EQ(said(knobs.rate, "44.1 kHz"), "");
  EXPECT_DOUBLE_EQ(knobs.rate, 44100);
  EXPECT_EQ(said(knobs.level, "-6dB"), "");
  EXPECT_FLOAT_EQ(knobs.level, -6);
}

TEST(Param, NamesTheUnitsItTakes) {
  Knobs knobs;
  EXPECT_EQ(said(knobs.length, "5 Hz"), "length: '5 Hz' has the unit 'Hz', allowed: s, ms, us, ns, min, h");
  EXPECT_EQ(said(knobs.any, "5 s"), "any: '5 s' has the unit 's', but a plain number is expected");
  EXPECT_EQ(said(knobs.length, "soon"), "length: 'soon' is not a number in s, ms, us, ns, min, h");
  EXPECT_EQ(said(knobs.any, ""), "any: '' is not a number");
}

TEST(Param, NamesTheRangeItTakes) {
  Knobs knobs;
  EXPECT_EQ(said(knobs.length, "3 s"), "length: 3 s is out of range, allowed: 1 ms to 2 s");
  EXPECT_EQ(said(knobs.length, "0"), "length: 0 s is out of range, allowed: 1 ms to 2 s");
  EXPECT_EQ(said(knobs.rate, "1 kHz"), "rate: 1 kHz is out of range, allowed: at least 8 kHz");
  EXPECT_EQ(said(knobs.level, "+3 dB"), "level: 3 dB is out of range, allowed: at most 0 dB");
  EXPECT_EQ(said(knobs.channels, "9"), "channels: 9 is out of range, allowed: 1 to 8");
}

TEST(Param, TakesTheEndsOfItsRange) {
  Knobs knobs;
  EXPECT_EQ(said(knobs.length, "1 ms"), "");
  EXPECT_EQ(said(knobs.length, "2 s"), "");
  EXPECT_EQ(said(knobs.channels, "1"), "");
  EXPECT_EQ(said(knobs.channels, "8"), "");
}

TEST(Param, KeepsItsValueWhenAnAssignmentFails) {
  Knobs knobs;
  ASSERT_EQ(said(knobs.channels, "5"), "");
  EXPECT_NE(said(knobs.channels, "50"), "");
  EXPECT_EQ(knobs.channels, 5);
  EXPECT_NE(said(knobs.law, "ulaw"), "");
  EXPECT_TRUE(knobs.law.is("alaw"));
}

TEST(Param, IntegersAreWhole) {
  Knobs knobs;
  EXPECT_EQ(said(knobs.channels, "2.5"), "channels: '2.5' is not a whole number, allowed: 1 to 8");
  EXPECT_EQ(said(knobs.count, "2.5"), "count: '2.5' is not a whole number, allowed: any whole number");
  EXPECT_EQ(said(knobs.count, "3e9"), "count: 3e+09 is out of range, allowed: any whole number") << "beyond 32 bits";
  EXPECT_EQ(said(knobs.count, "-7"), "");
  EXPECT_EQ(knobs.count, -7);
  EXPECT_EQ(said(knobs.count, "2.0"), "");
  EXPECT_EQ(knobs.count, 2);
}

TEST(Param, RefusesWhatIsNoFiniteNumber) {
  Knobs knobs;
  for (const char* text : {"nan", "inf", "-inf", "1e999", "0x10", "1 2", "--1", "+-1"})
    EXPECT_NE(said(knobs.any, text), "") << text;
}

TEST(Param, BooleansAreYesOrNo) {
  Knobs knobs;
  for (const char* text : {"false", "no", "off", "0"}) {
    EXPECT_EQ(said(knobs.loop, text), "");
    EXPECT_FALSE(knobs.loop) << text;
  }
  for (const char* text : {"true", "yes", "on", "1"}) {
    EXPECT_EQ(said(knobs.loop, text), "");
    EXPECT_TRUE(knobs.loop) << text;
  }
  EXPECT_EQ(said(knobs.loop, "maybe"), "loop: 'maybe' is not a yes or no, allowed: true, false");
}

TEST(Param, ChoicesNameOneAnother) {
  Knobs knobs;
  EXPECT_EQ(said(knobs.law, "mulaw"), "");
  EXPECT_TRUE(knobs.law.is("mulaw"));
  EXPECT_EQ(said(knobs.law, "ulaw"), "law: 'ulaw' is not known, allowed: alaw, mulaw");
  EXPECT_EQ(said(knobs.path, "any text, also = and ,"), "");
}

TEST(Param, DescribesItselfForTheCatalogue) {
  const Knobs knobs;
  const ParamInfo length = knobs.length.info();
  EXPECT_EQ(length.type, "number");
  EXPECT_EQ(length.unit, "s");
  EXPECT_EQ(length.default_text, "10 ms");
  EXPECT_EQ(length.min, 0.001);
  EXPECT_EQ(length.max, 2);
  EXPECT_EQ(length.doc, "a time");
  EXPECT_FALSE(length.required);
  EXPECT_EQ(knobs.channels.info().type, "integer");
  EXPECT_EQ(knobs.loop.info().type, "boolean");
  EXPECT_EQ(knobs.loop.info().default_text, "true");
  EXPECT_EQ(knobs.law.info().type, "choice");
  EXPECT_THAT(knobs.law.info().choices, ElementsAre("alaw", "mulaw"));
  EXPECT_EQ(knobs.path.info().type, "text");
  EXPECT_TRUE(knobs.path.info().required);
}

TEST(Param, SetWhileRunningIsSeenAtOnce) {
  Knobs knobs;
  knobs.level.set(-3);
  EXPECT_FLOAT_EQ(knobs.level.value(), -3);
  EXPECT_FALSE(knobs.level.assigned()) << "the file did not say so";
}

class LiveKnobs final : public Node {
 public:
  Param<double> level{
      *this, "level", {.unit = "dB", .default_value = -20, .min = -140, .max = 0, .doc = "a level", .live = true}};
  Param<bool> mute{*this, "mute", {.doc = "silence", .live = true}};
  Param<int> taps{*this, "taps", {.default_value = 3, .doc = "a length"}};
  Status configure() override { return {}; }
};

TEST(Param, IsAdjustedWhileRunningWhenItIsLive) {
  LiveKnobs knobs;
  EXPECT_TRUE(knobs.level.adjust("-6.5 dB"));
  EXPECT_EQ(knobs.level, -6.5);
  EXPECT_TRUE(knobs.mute.adjust("yes"));
  EXPECT_TRUE(knobs.mute);
  const Status above = knobs.level.adjust("1 dB");
  ASSERT_FALSE(above);
  EXPECT_EQ(above.error().text(), "level: 1 dB is out of range, allowed: -140 dB to 0 dB");
  EXPECT_EQ(knobs.level, -6.5) << "a refused value changes nothing";
}

TEST(Param, RefusesToBeAdjustedWhenItIsConstant) {
  LiveKnobs knobs;
  const Status status = knobs.taps.adjust("5");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().text(), "taps: cannot be changed while running");
  EXPECT_EQ(knobs.taps, 3);
}

TEST(Param, SaysItsValueSoThatItReadsBackExactly) {
  LiveKnobs knobs;
  ASSERT_TRUE(knobs.level.adjust("-0.1"));
  EXPECT_EQ(knobs.level.text(), "-0.1 dB");
  ASSERT_TRUE(knobs.level.assign(knobs.level.text()));
  EXPECT_EQ(knobs.level, -0.1);
  EXPECT_EQ(knobs.taps.text(), "3");
  EXPECT_EQ(knobs.mute.text(), "false");
}

}  // namespace
}  // namespace sluice
