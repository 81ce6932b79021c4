// Single-carrier frames from packet to packet over the simulated channel: what they stand, and what not.
#include <gtest/gtest.h>

#include "nodes/sdr/link_for_tests.h"

namespace sluice::sdr {
namespace {

// Es/N0 is `snr` where the noise is counted in the symbol rate, half the sampling rate.
Link flexframe(const Settings& packets, const Settings& modem, const Settings& channel) {
  return Link(packets, modem, channel, "sdr.flexframe", "0.5");
}

TEST(FlexframeLink, WithoutNoiseIsExact) {
  Link link = flexframe({{"depth", "4"}}, {}, {});
  EXPECT_EQ(link.send(40), 40u);
  EXPECT_EQ(link.stage(kTx).counter("overruns"), 0);
}

TEST(FlexframeLink, LosesNothingAt10dB) {
  Link link = flexframe({}, {}, {{"snr", "10"}});
  EXPECT_EQ(link.send(200), 200u);
  EXPECT_NEAR(link.stage(kRx).counter("snr_db"), 10, 2);
}

TEST(FlexframeLink, LosesNoMoreThanAFewAt6dBWithTheStrongCode) {
  Link link = flexframe({{"fec", "conv_rs"}}, {}, {{"snr", "6"}});
  EXPECT_GE(link.send(150), 147u);
}

TEST(FlexframeLink, CarriesEveryModulation) {
  for (const auto& [modulation, snr] : Settings{{"bpsk", "6"}, {"qam16", "17"}, {"qam64", "24"}}) {
    Link link = flexframe({}, {{"modulation", modulation}, {"rate", "1.2 MHz"}}, {{"snr", snr}});
    EXPECT_EQ(link.send(40), 40u) << modulation;
  }
}

TEST(FlexframeLink, SurvivesAFiftiethOfTheRateOfFrequencyOffset) {
  for (const char* cfo : {"9.6 kHz", "-9.6 kHz"}) {
    Link link = flexframe({}, {}, {{"snr", "15"}, {"cfo", cfo}});
    EXPECT_EQ(link.send(40), 40u) << cfo;
    EXPECT_NEAR(std::abs(link.stage(kRx).counter("cfo_hz")), 9600, 100);
  }
}

TEST(FlexframeLink, SurvivesClocks20ppmApartAndMildEchoes) {
  Link link = flexframe({}, {}, {{"snr", "15"}, {"sro", "20"}, {"echoes", "mild"}});
  EXPECT_EQ(link.send(60), 60u);
}

// Behind the gate: noise alone is not hunted through, and costs nothing but its power.
TEST(FlexframeLink, MakesNothingOfNoise) {
  NodeHarness rx("sdr.flexframe_rx");
  hear_noise(rx);
  EXPECT_EQ(rx.out("out").size(), 0u);
  EXPECT_LE(rx.counter("bad_heads"), 1);
}

}  // namespace
}  // namespace sluice::sdr
