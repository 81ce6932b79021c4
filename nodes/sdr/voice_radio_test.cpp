// Voice over narrow-band FM and AM: what is heard beside the tone, with and without noise; the squelch.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

#include "engine/testing/node_harness.h"
#include "nodes/sdr/formats.h"

namespace sluice::sdr {
namespace {

constexpr double kRate = 48000, kTone = 1000;

struct Heard {
  std::vector<float> voice;
  double open = 0;
  std::string violations;
};

Heard through(const std::string& kind, const std::string& snr, const std::string& rate = "48 kHz",
              const std::string& squelch = "-120", bool silent = false) {
  NodeHarness tx("sdr." + kind + "_tx"), channel("sdr.channel"), rx("sdr." + kind + "_rx");
  EXPECT_TRUE(tx.set("rate", rate));
  EXPECT_TRUE(channel.set("snr", snr));
  EXPECT_TRUE(channel.set("signal", "0"));
  EXPECT_TRUE(rx.set("squelch", squelch));
  EXPECT_TRUE(rx.set("bandwidth", kind == "am" ? "8 kHz" : "17 kHz"));
  tx.connect("in", audio_spec(kRate, 1));
  EXPECT_TRUE(tx.start());
  channel.connect("in", tx.node().outs()[0]->spec());
  EXPECT_TRUE(channel.start());
  rx.connect("in", channel.node().outs()[0]->spec());
  EXPECT_TRUE(rx.start());
  std::vector<float> sound(static_cast<std::size_t>(1.5 * kRate));  // a second for the carrier to settle
  for (std::size_t n = 0; n < sound.size(); ++n)
    sound[n] = 0.5f * static_cast<float>(std::sin(2 * std::numbers::pi * kTone * static_cast<double>(n) / kRate));
  tx.feed_audio("in", {sound});
  for (BlockRef& block : tx.out("out")) {
    if (silent)
      for (auto& x : block->iq()) x = 0;
    channel.feed("in", std::move(block));
  }
  for (BlockRef& block : channel.out("out")) rx.feed("in", std::move(block));
  return {.voice = rx.audio("out")[0],
          .open = rx.counter("open"),
          .violations = tx.realtime_violation() + channel.realtime_violation() + rx.realtime_violation()};
}

// Tone to everything else over the last half second, dB, and the tone's amplitude.
std::pair<double, double> sinad(const std::vector<float>& x) {
  const std::size_t count = 24000, from = x.size() - count;
  std::complex<double> sum = 0;
  double all = 0, mean = 0;
  for (std::size_t n = 0; n < count; ++n) {
    const auto y = static_cast<double>(x[from + n]);
    sum += y * std::polar(1.0, -2 * std::numbers::pi * kTone * static_cast<double>(n) / kRate);
    all += y * y / count;
    mean += y / count;
  }
  const double amplitude = 2 * std::abs(sum) / count, tone = amplitude * amplitude / 2;
  return {10 * std::log10(tone / (all - mean * mean - tone)), amplitude};
}

class Voice : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Modulations, Voice, testing::Values("nbfm", "am"));

TEST_P(Voice, ComesThroughCleanAtEveryRate) {
  for (const char* rate : {"48 kHz", "240 kHz"}) {
    const Heard heard = through(GetParam(), "200", rate);
    const auto [ratio, amplitude] = sinad(heard.voice);
    EXPECT_GT(ratio, 50) << rate;
    EXPECT_NEAR(amplitude, 0.5, 0.02) << rate;
    EXPECT_EQ(heard.violations, "");
  }
}

// 20 dB in 48 kHz. FM at a deviation of 5 kHz, half used (Carson, 1937): 3 (2.5 / 3.4)^2 / 2 (48 / 3.4) = + 10.6 dB.
// AM at a depth of 0.4 (0.8, half used), full scale 1.8 times the carrier: (0.4 / 1.8)^2 / 2 (48 / 3.4) = - 4.6 dB.
TEST_P(Voice, IsAsGoodInNoiseAsTheoryAllows) {
  const auto [ratio, amplitude] = sinad(through(GetParam(), "20").voice);
  EXPECT_NEAR(ratio, 20 + (std::string(GetParam()) == "nbfm" ? 10.6 : -4.6), 1.5);
}

TEST_P(Voice, SquelchOpensForASignalAndNotForNoise) {
  EXPECT_EQ(through(GetParam(), "20", "48 kHz", "-15").open, 1);
  const Heard noise = through(GetParam(), "20", "48 kHz", "-15", true);
  EXPECT_EQ(noise.open, 0);
  for (std::size_t n = noise.voice.size() / 2; n < noise.voice.size(); ++n) ASSERT_LT(std::abs(noise.voice[n]), 1e-3f);
}

}  // namespace
}  // namespace sluice::sdr
