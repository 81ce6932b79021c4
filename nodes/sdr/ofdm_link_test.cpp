// From packet to packet over the simulated channel: the numbers that the radio is to reach.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>

#include "engine/testing/node_harness.h"
#include "nodes/sdr/formats.h"

namespace sluice::sdr {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

constexpr double kSoundRate = 48000;
constexpr std::int64_t kPacketFrames = 1152;
constexpr std::size_t kPacketBytes = 384;  // MP3 at 128 kbit/s and 48 kHz

std::vector<std::byte> packet_of(unsigned n) {
  std::mt19937 random(n);
  std::vector<std::byte> bytes(kPacketBytes);
  for (auto& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

// The nodes of a link, each behind the one before.
class Link {
 public:
  Link(const Settings& packets, const Settings& modem, const Settings& channel) {
    add("sdr.packetize", {{"depth", "1"}}, {.format = packet_format("mp3", kSoundRate), .block_frames = kPacketFrames});
    apply(packets);
    begin();
    add_next("sdr.ofdm_tx", {{"rate", "480 kHz"}});
    apply(modem);
    begin();
    add_next("sdr.channel", {{"occupied", "0.78"}});
    apply(channel);
    begin();
    add_next("sdr.ofdm_rx", {});
    begin();
    add_next("sdr.depacketize", {{"rate", "48000"}});
    begin();
  }

  // Sends `packets` packets, the state of the stages carried through. Returns those that came right.
  unsigned send(unsigned packets) {
    for (unsigned n = 0; n < packets; ++n) {
      stages_[0]->feed_bytes("in", packet_of(n), kPacketFrames);
      pass_on();
    }
    for (auto& stage : stages_) {
      stage->end();
      pass_on();
    }
    unsigned right = 0;
    for (const BlockRef& block : stages_.back()->out("out")) {
      const auto expected = packet_of(received_++);
      right += std::ranges::equal(block->bytes(), expected);
    }
    return right;
  }
  NodeHarness& stage(std::size_t n) { return *stages_[n]; }
  std::string violations() const {
    std::string all;
    for (const auto& stage : stages_) all += stage->realtime_violation();
    return all;
  }

 private:
  void add(const char* type, const Settings& settings, const StreamSpec& spec) {
    stages_.push_back(std::make_unique<NodeHarness>(type));
    passed_.push_back(0);
    apply(settings);
    stages_.back()->connect("in", spec);
  }
  void add_next(const char* type, const Settings& settings) {
    add(type, settings, stages_.back()->node().outs()[0]->spec());
  }
  void apply(const Settings& settings) {
    for (const auto& [param, value] : settings) {
      const Status status = stages_.back()->set(param, value);
      if (!status) throw std::runtime_error(status.error().text());
    }
  }
  void begin() {
    if (const Status status = stages_.back()->start(); !status) throw std::runtime_error(status.error().text());
  }
  void pass_on() {
    for (std::size_t n = 0; n + 1 < stages_.size(); ++n) {
      auto& blocks = stages_[n]->out("out");
      for (; passed_[n] < blocks.size(); ++passed_[n]) stages_[n + 1]->feed("in", std::move(blocks[passed_[n]]));
    }
  }

  std::vector<std::unique_ptr<NodeHarness>> stages_;
  std::vector<std::size_t> passed_;
  unsigned received_ = 0;
};

enum Stage : std::size_t { kPacketize, kTx, kChannel, kRx, kDepacketize };

TEST(OfdmLink, WithoutNoiseIsExactAndRealTime) {
  Link link({{"depth", "4"}}, {}, {});
  EXPECT_EQ(link.send(40), 40u);
  EXPECT_EQ(link.violations(), "");
  EXPECT_EQ(link.stage(kTx).counter("overruns"), 0);
}

TEST(OfdmLink, LosesNothingAt10dB) {
  Link link({}, {}, {{"snr", "10"}});
  EXPECT_EQ(link.send(400), 400u);
  EXPECT_NEAR(link.stage(kRx).counter("snr_db"), 10, 2);
}

TEST(OfdmLink, LosesNoMoreThanAPercentAt6dBWithTheStrongCode) {
  Link link({{"fec", "conv_rs"}}, {}, {{"snr", "6"}});
  EXPECT_GE(link.send(300), 298u);
}

TEST(OfdmLink, SurvivesATwentiethOfTheRateOfFrequencyOffset) {
  for (const char* cfo : {"24 kHz", "-24 kHz", "15 kHz"}) {
    Link link({}, {}, {{"snr", "12"}, {"cfo", cfo}});
    EXPECT_EQ(link.send(60), 60u) << cfo;
  }
}

TEST(OfdmLink, SurvivesClocks200ppmApart) {
  for (const char* sro : {"200", "-200"}) {
    Link link({}, {}, {{"snr", "15"}, {"sro", sro}});
    EXPECT_EQ(link.send(60), 60u) << sro;
  }
}

TEST(OfdmLink, SurvivesEchoesThatCancelCarriers) {
  Link link({}, {}, {{"snr", "15"}, {"echoes", "severe"}});
  EXPECT_EQ(link.send(100), 100u);
}

TEST(OfdmLink, SurvivesASpikeAndAnUnevenReceiver) {
  Link link({}, {}, {{"snr", "20"}, {"dc", "-25"}, {"gain_imbalance", "0.5"}, {"phase_imbalance", "2"}});
  EXPECT_EQ(link.send(60), 60u);
}

TEST(OfdmLink, CarriesEveryModulation) {
  for (const auto& [modulation, snr] : Settings{{"bpsk", "5"}, {"qam16", "17"}, {"qam64", "24"}}) {
    Link link({}, {{"modulation", modulation}, {"rate", "1.2 MHz"}}, {{"snr", snr}});
    EXPECT_EQ(link.send(60), 60u) << modulation;
  }
}

// A fade of 4 Hz Doppler takes whole frames; interleaving over eight of them brings most packets home.
TEST(OfdmLink, InterleavingHelpsAgainstFading) {
  const Settings fades{{"snr", "16"}, {"fading", "8"}, {"seed", "3"}};
  Link plain({{"depth", "1"}}, {}, fades), spread({{"depth", "8"}}, {}, fades);
  plain.send(300);
  spread.send(300);
  EXPECT_LT(spread.stage(kDepacketize).counter("lost"), 0.6 * plain.stage(kDepacketize).counter("lost"));
}

// What comes is the same however the samples are cut into blocks.
TEST(OfdmLink, MakesNothingOfNoise) {
  NodeHarness rx("sdr.ofdm_rx");
  rx.connect("in", {.format = iq_format(480e3), .block_frames = 4096});
  ASSERT_TRUE(rx.start());
  std::mt19937 random(3);
  std::normal_distribution<float> gauss;
  BlockPool pool({.channels = 1, .frames = 4096, .sample_bytes = 8}, 2);
  for (int n = 0; n < 250; ++n) {
    BlockRef block = pool.take();
    for (auto& x : block->iq()) x = {gauss(random), gauss(random)};
    rx.feed("in", std::move(block));
  }
  EXPECT_EQ(rx.out("out").size(), 0u);
}

}  // namespace
}  // namespace sluice::sdr
