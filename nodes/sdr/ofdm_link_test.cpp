// From packet to packet over the simulated channel: the numbers that the radio is to reach.
#include <gtest/gtest.h>

#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/link_for_tests.h"

namespace sluice::sdr {
namespace {

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

// The burst is longer than its slot, so that nothing follows the last one.
TEST(OfdmLink, BringsTheLastPacketThroughAChannelThatDelays) {
  for (const char* sro : {"20", "-20"}) {
    Link link({{"fec", "golay"}}, {{"rate", "240 kHz"}}, {{"snr", "15"}, {"sro", sro}, {"echoes", "mild"}});
    EXPECT_EQ(link.send(20), 20u) << sro;
    EXPECT_GT(link.stage(kTx).counter("overruns"), 0);
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

TEST(OfdmLink, MakesNothingOfNoise) {
  NodeHarness rx("sdr.ofdm_rx");
  hear_noise(rx);
  EXPECT_EQ(rx.out("out").size(), 0u);
}

// Receiver and packets behind a stream of samples that a test has in its hands.
class Reception {
 public:
  Reception() {
    rx_.connect("in", {.format = iq_format(480e3), .block_frames = 2048});
    EXPECT_TRUE(rx_.start());
    packets_.connect("in", rx_.node().outs()[0]->spec());
    EXPECT_TRUE(packets_.set("rate", "48000"));
    EXPECT_TRUE(packets_.start());
    status_.connect("in", rx_.node().outs()[1]->spec());
    status_.connect("in", packets_.node().outs()[1]->spec());
    EXPECT_TRUE(status_.start());
  }
  void hear(std::span<const Sample> samples) {
    while (!samples.empty()) {
      BlockRef block = pool_.take();
      block->header.frames = static_cast<std::int64_t>(std::min<std::size_t>(2048, samples.size()));
      std::ranges::copy(samples.first(block->frames()), block->iq().begin());
      block->header.position = heard_;
      heard_ += block->header.frames;
      samples = samples.subspan(block->frames());
      rx_.feed("in", std::move(block));
    }
    for (BlockRef& frame : rx_.out("out")) packets_.feed("in", std::move(frame));
    rx_.out("out").clear();
  }
  std::size_t packets() { return packets_.out("out").size(); }
  std::vector<std::int64_t> positions() {
    std::vector<std::int64_t> all;
    for (const BlockRef& packet : packets_.out("out")) all.push_back(packet->header.position);
    return all;
  }
  std::string status() {
    for (BlockRef& report : rx_.out("report")) status_.feed("in1", std::move(report));
    for (BlockRef& report : packets_.out("report")) status_.feed("in2", std::move(report));
    status_.end();
    return status_.bytes("out");
  }
  NodeHarness& rx() { return rx_; }

 private:
  NodeHarness rx_{"sdr.ofdm_rx"}, packets_{"sdr.depacketize"}, status_{"sdr.status"};
  BlockPool pool_{{.channels = 1, .frames = 2048, .sample_bytes = 8}, 2};
  std::int64_t heard_ = 0;  // samples
};

// What a link sends: 11520 samples for each packet.
std::vector<Sample> sent(unsigned packets) {
  NodeHarness framer("sdr.packetize"), tx("sdr.ofdm_tx");
  EXPECT_TRUE(framer.set("depth", "1"));
  EXPECT_TRUE(tx.set("rate", "480 kHz"));
  framer.connect("in", {.format = packet_format("mp3", kSoundRate), .block_frames = kPacketFrames});
  EXPECT_TRUE(framer.start());
  tx.connect("in", framer.node().outs()[0]->spec());
  EXPECT_TRUE(tx.start());
  for (unsigned n = 0; n < packets; ++n) framer.feed_bytes("in", packet_of(n), kPacketFrames);
  for (BlockRef& frame : framer.out("out")) tx.feed("in", std::move(frame));
  std::vector<Sample> samples;
  for (const BlockRef& block : tx.out("out")) {
    const auto iq = std::as_const(*block).iq();
    samples.insert(samples.end(), iq.begin(), iq.end());
  }
  return samples;
}
constexpr std::size_t kSlot = 11'520;

TEST(OfdmReception, AtAWrongRateHearsNothingAndIsInStepWithTheFirstWholeFrameOfTheRightOne) {
  const std::vector<Sample> right = sent(20);
  std::vector<Sample> wrong;
  for (std::size_t n = 0; n < right.size(); n += 2) wrong.push_back(right[n]);
  Reception reception;
  reception.hear(wrong);
  EXPECT_EQ(reception.packets(), 0u);
  Reception nothing;
  nothing.hear(wrong);
  nothing.rx().end();
  EXPECT_NEAR(nothing.rx().counter("heard_nothing_s"), 0.24, 0.001);
  reception.hear(right);
  EXPECT_EQ(reception.packets(), 20u);
}

TEST(OfdmReception, IsInStepAgainWithTheNextFrameAfterABreak) {
  const std::vector<Sample> samples = sent(30);
  const std::span<const Sample> all = samples;
  Reception reception;
  reception.hear(all.first(10 * kSlot + kSlot / 3));    // the eleventh is cut off
  reception.hear(all.subspan(20 * kSlot + kSlot / 2));  // the twenty-first begins in its midst
  EXPECT_EQ(reception.packets(), 10u + 9u);
}

// The stream's time goes on, so that what fills its gaps and plays it does not wait for the old one to come again.
TEST(OfdmReception, OfASenderThatBeganAnewGoesOnInTime) {
  const std::vector<Sample> samples = sent(20);
  Reception reception;
  reception.hear(samples);
  reception.hear(samples);
  const std::vector<std::int64_t> positions = reception.positions();
  ASSERT_EQ(positions.size(), 20u + 20u - 3u);  // the fourth frame in sequence is believed
  for (std::size_t n = 0; n < positions.size(); ++n)
    EXPECT_EQ(positions[n], kPacketFrames * static_cast<std::int64_t>(n < 20 ? n : n + 3));
}

TEST(OfdmReception, IsToldByStatus) {
  Reception reception;
  reception.hear(sent(20));
  const std::string line = reception.status();
  for (const char* field :
       {"snr_db", "evm_db", "cfo_hz", "clock_ppm", "frames", "bad_frames", "packets", "lost", "per"})
    EXPECT_NE(line.find('"' + std::string(field) + "\":"), std::string::npos) << field << " in " << line;
  EXPECT_NE(line.find("\"frames\":20,\"bad_frames\":0,\"packets\":20,\"lost\":0,\"per\":0.0000"), std::string::npos)
      << line;
}

}  // namespace
}  // namespace sluice::sdr
