// FM transmitter to receiver, through the nodes: separation, level, RDS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "engine/testing/node_harness.h"

namespace sluice::sdr {
namespace {

constexpr double kRate = 48000;
using Channel = std::vector<float>;

Channel sine(double hz, double seconds) {
  Channel x(static_cast<std::size_t>(kRate * seconds));
  for (std::size_t n = 0; n < x.size(); ++n)
    x[n] = 0.5f * static_cast<float>(std::sin(2 * std::numbers::pi * hz * static_cast<double>(n) / kRate));
  return x;
}

// Amplitude of a tone over the last half second, which holds whole periods of it.
double tone(const Channel& x, double hz) {
  std::complex<double> sum = 0;
  const std::size_t count = 24000, from = x.size() - count;
  for (std::size_t n = 0; n < count; ++n)
    sum +=
        static_cast<double>(x[from + n]) * std::polar(1.0, -2 * std::numbers::pi * hz * static_cast<double>(n) / kRate);
  return 2 * std::abs(sum) / static_cast<double>(count);
}

struct Heard {
  std::vector<Channel> audio;
  std::vector<std::string> rds;
  double blocks = 0, good = 0, pilot = 0;
  std::string violations;
};

Heard through(const std::vector<Channel>& sound, const char* snr) {
  NodeHarness tx("sdr.fm_tx"), channel("sdr.channel"), rx("sdr.fm_rx");
  const auto set = [](NodeHarness& node, const char* param, const char* value) { ASSERT_TRUE(node.set(param, value)); };
  set(tx, "pi", "D3C2");
  set(tx, "ps", "SLUICE");
  set(tx, "rt", "Ludwig - Sinfonie Nr. 5");
  set(channel, "snr", snr);
  set(channel, "signal", "0");
  tx.connect("in", audio_spec(kRate, static_cast<int>(sound.size()), 480));
  EXPECT_TRUE(tx.start());
  channel.connect("in", tx.node().outs()[0]->spec());
  EXPECT_TRUE(channel.start());
  rx.connect("in", channel.node().outs()[0]->spec());
  EXPECT_TRUE(rx.start());
  tx.feed_audio("in", sound);
  for (BlockRef& block : tx.out("out")) channel.feed("in", std::move(block));
  for (BlockRef& block : channel.out("out")) rx.feed("in", std::move(block));
  Heard heard{.audio = rx.audio("out"),
              .rds = {},
              .blocks = rx.counter("rds_blocks"),
              .good = rx.counter("rds_good"),
              .pilot = rx.counter("pilot"),
              .violations = tx.realtime_violation() + channel.realtime_violation() + rx.realtime_violation()};
  for (const BlockRef& line : rx.out("rds")) heard.rds.emplace_back(line->text());
  return heard;
}

TEST(FmBroadcast, KeepsTheChannels55dBApartAndTheirLevel) {
  const Heard heard = through({sine(1000, 2), sine(400, 2)}, "60");
  const double left = tone(heard.audio[0], 1000), right = tone(heard.audio[1], 400);
  EXPECT_NEAR(left, 0.5, 0.01);
  EXPECT_NEAR(right, 0.5, 0.01);
  EXPECT_GT(20 * std::log10(left / tone(heard.audio[0], 400)), 55);
  EXPECT_GT(20 * std::log10(right / tone(heard.audio[1], 1000)), 55);
  EXPECT_NEAR(heard.pilot, 1, 0.05);
  EXPECT_EQ(heard.violations, "");
}

TEST(FmBroadcast, BringsEveryRdsBlockRightAt30dB) {
  const Heard heard = through({sine(1000, 4), sine(400, 4)}, "30");
  EXPECT_GT(heard.blocks, 150);
  EXPECT_EQ(heard.good, heard.blocks);
  ASSERT_FALSE(heard.rds.empty());
  EXPECT_THAT(heard.rds.back(), testing::HasSubstr(R"("pi":"d3c2")"));
  EXPECT_THAT(heard.rds.back(), testing::HasSubstr(R"("ps":"SLUICE")"));
  EXPECT_THAT(heard.rds.back(), testing::HasSubstr(R"("rt":"Ludwig - Sinfonie Nr. 5")"));
  EXPECT_THAT(heard.rds, testing::Each(testing::EndsWith("}\n")));
  EXPECT_EQ(std::ranges::adjacent_find(heard.rds), heard.rds.end()) << "told again though nothing changed";
}

TEST(FmBroadcast, OfOneChannelHasNoPilotAndBothChannelsAlike) {
  const Heard heard = through({sine(1000, 1)}, "40");
  EXPECT_LT(heard.pilot, 0.1);
  EXPECT_EQ(heard.audio[0], heard.audio[1]);
}

}  // namespace
}  // namespace sluice::sdr
