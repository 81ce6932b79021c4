// The five nodes in a row, on the harness: the same bytes as the kernels, whatever the block size.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "engine/testing/node_harness.h"
#include "nodes/mp3/kernels/encoder.h"

namespace sluice::mp3 {
namespace {

using Channels = std::vector<std::vector<float>>;
using Settings = std::vector<std::pair<std::string, std::string>>;  // "node.param", value

Channels music(int channels, int frames) {
  std::minstd_rand random(1);
  std::uniform_real_distribution<float> noise(-0.05f, 0.05f);
  Channels out(static_cast<std::size_t>(channels), std::vector<float>(static_cast<std::size_t>(frames)));
  for (int n = 0; n < frames; ++n)
    for (int ch = 0; ch < channels; ++ch) {
      const float click = n % 9000 < 40 ? 0.5f : 0.0f;
      const auto t = static_cast<float>(n);
      out[static_cast<std::size_t>(ch)][static_cast<std::size_t>(n)] =
          0.3f * std::sin(0.05f * t * static_cast<float>(ch + 1)) + noise(random) + click;
    }
  return out;
}

// Runs the five nodes one after the other, each over the whole output of the one before.
class Chain {
 public:
  Chain(double rate_hz, const Channels& input, std::int64_t block, const Settings& settings) {
    for (const auto& [name, value] : settings) {
      const auto dot = name.find('.');
      for (NodeHarness& node : nodes_)
        if (node_name(node) == name.substr(0, dot)) {
          EXPECT_TRUE(node.set(name.substr(dot + 1), value).ok());
        }
    }
    nodes_[0].connect("in", audio_spec(rate_hz, static_cast<int>(input.size()), block));
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      NodeHarness& node = nodes_[i];
      if (i > 0) node.connect("in", nodes_[i - 1].node().outs()[0]->spec());
      status_ = node.start();
      if (!status_.ok()) return;
      if (i == 0) node.feed_audio("in", input);
      if (i > 0)
        for (const BlockRef& out : nodes_[i - 1].out("out")) node.feed("in", out);
      node.end();
    }
  }

  const Status& status() const { return status_; }
  NodeHarness& last() { return nodes_.back(); }
  std::vector<BlockRef>& packets() { return nodes_.back().out("out"); }
  // The file that a writer would make of the packets.
  std::string file() {
    std::string bytes;
    for (const BlockRef& packet : packets()) {
      if (packet->has(kRewrite))
        bytes.replace(static_cast<std::size_t>(packet->header.position), packet->text().size(), packet->text());
      else
        bytes += packet->text();
    }
    return bytes;
  }
  std::array<NodeHarness, 5>& nodes() { return nodes_; }

 private:
  std::string node_name(const NodeHarness& node) const {
    static const std::array<std::string, 5> kNames = {"filterbank", "mdct", "psycho", "quantize", "bitstream"};
    return kNames[static_cast<std::size_t>(&node - nodes_.data())];
  }

  Status status_;
  std::array<NodeHarness, 5> nodes_ = {NodeHarness("mp3.filterbank"), NodeHarness("mp3.mdct"),
                                       NodeHarness("mp3.psychoacoustics"), NodeHarness("mp3.quantize"),
                                       NodeHarness("mp3.bitstream")};
};

const Settings kNoTag = {{"bitstream.info_tag", "false"}};

TEST(Mp3Chain, GivesTheBytesOfTheKernels) {
  const Channels input = music(2, 30 * kLines);
  Chain chain(44100, input, 441, {{"bitstream.info_tag", "false"}, {"quantize.join_interval", "0"}});
  Encoder encoder(*StreamFormat::make(44100, 2, 128), {});
  std::string expected;
  const auto sink = [&](const MuxedFrame& frame) {
    expected.append(reinterpret_cast<const char*>(frame.bytes.data()), frame.bytes.size());
  };
  for (int granule = 0; granule < 30; ++granule) {
    const auto at = static_cast<std::size_t>(granule * kLines);
    encoder.encode(std::span(input[0]).subspan(at).first<kLines>(), std::span(input[1]).subspan(at).first<kLines>(),
                   sink);
  }
  encoder.finish(sink);
  EXPECT_EQ(chain.file(), expected);
}

TEST(Mp3Chain, DoesNotDependOnTheBlockSize) {
  const Channels input = music(2, 20000);
  const std::string reference = Chain(48000, input, 480, {}).file();
  for (const std::int64_t block : {1, 7, 576, 1152, 20000})
    EXPECT_EQ(Chain(48000, input, block, {}).file(), reference) << block;
}

TEST(Mp3Chain, DoesNotDependOnTheFramesOfABlock) {
  const Channels input = music(2, 40000);
  const std::string reference = Chain(44100, input, 441, {}).file();
  for (const char* gather : {"2", "5", "64"}) {
    Chain chain(44100, input, 441, {{"psycho.gather", gather}});
    EXPECT_EQ(chain.file(), reference) << gather;
    for (NodeHarness& node : chain.nodes()) EXPECT_EQ(node.realtime_violation(), "");
    for (std::size_t n = 2; n + 1 < chain.packets().size(); ++n)
      EXPECT_EQ(chain.packets()[n]->header.position, chain.packets()[n - 1]->header.position + 1152);
  }
}

TEST(Mp3Chain, DoesNotDependOnWhereTheLinesAreCompanded) {
  const Channels input = music(2, 40000);
  for (const char* bitrate : {"64", "128", "320"})
    EXPECT_EQ(Chain(44100, input, 441, {{"quantize.bitrate", bitrate}, {"psycho.compand", "true"}}).file(),
              Chain(44100, input, 441, {{"quantize.bitrate", bitrate}}).file())
        << bitrate;
}

TEST(Mp3Chain, AGapEndsABlockOfFrames) {
  NodeHarness psycho("mp3.psychoacoustics");
  ASSERT_TRUE(psycho.set("gather", "4").ok());
  Chain whole(44100, music(2, 20 * kLines), 441, {});
  psycho.connect("in", whole.nodes()[1].node().outs()[0]->spec());
  ASSERT_TRUE(psycho.start().ok());
  const auto& granules = whole.nodes()[1].out("out");
  for (std::size_t n = 0; n < 16; ++n)
    if (n != 5) psycho.feed("in", granules[n]);
  psycho.end();
  const auto& blocks = psycho.out("out");
  ASSERT_THAT(blocks, testing::SizeIs(3));  // 0-3, then from 6 on
  EXPECT_EQ(blocks[0]->header.frames, 2 * 1152);
  EXPECT_EQ(blocks[1]->header.frames, 4 * 1152);
  EXPECT_TRUE(blocks[1]->discontinuity());
  EXPECT_EQ(blocks[1]->header.position, granules[6]->header.position);
  EXPECT_EQ(blocks[2]->header.frames, 1152);
}

TEST(Mp3Chain, TheThresholdInQuietCanBeShifted) {
  Channels faint = music(1, 40000);
  for (float& sample : faint[0]) sample *= 1e-5f;  // about -110 dB
  const auto bytes = [&](const char* ath) {
    return Chain(44100, faint, 441, {{"quantize.vbr", "4"}, {"psycho.ath", ath}, {"bitstream.info_tag", "false"}})
        .file()
        .size();
  };
  EXPECT_LE(bytes("20 dB"), bytes("0 dB"));
  EXPECT_GT(bytes("-100 dB"), 2 * bytes("0 dB"));
}

TEST(Mp3Chain, IsRealTimeSafe) {
  Chain chain(44100, music(2, 40000), 441, {});
  for (NodeHarness& node : chain.nodes()) EXPECT_EQ(node.realtime_violation(), "");
}

TEST(Mp3Chain, RewritesTheFirstFrameAsAnInfoTag) {
  Chain chain(44100, music(2, 12345), 441, {});
  const BlockRef& last = chain.packets().back();
  EXPECT_TRUE(last->has(kRewrite));
  EXPECT_EQ(last->header.position, 0);
  EXPECT_EQ(last->bytes().size(), chain.packets().front()->bytes().size());
  EXPECT_EQ(chain.file().substr(36, 4), "Info");
  const auto byte = [&](std::size_t n) { return static_cast<unsigned char>(chain.file()[36 + n]); };
  const int delay = byte(141) << 4 | byte(142) >> 4;
  const int padding = (byte(142) & 15) << 8 | byte(143);
  const int frames = static_cast<int>(chain.packets().size()) - 2;
  EXPECT_EQ(delay + 12345 + padding, frames * 1152);
  EXPECT_GE(padding, kDecoderDelay);
}

TEST(Mp3Chain, WithoutAReservoirEveryPacketIsIndependent) {
  Chain chain(44100, music(2, 20000), 441, {{"quantize.reservoir", "false"}, {"bitstream.info_tag", "false"}});
  for (const BlockRef& packet : chain.packets()) EXPECT_TRUE(packet->has(kIndependent));
}

TEST(Mp3Chain, OneAnalysisServesManyBitrates) {
  const Channels input = music(2, 40000);
  Chain first(44100, input, 441, {});
  for (const char* bitrate : {"64", "320"}) {
    NodeHarness loops("mp3.quantize");
    NodeHarness mux("mp3.bitstream");
    ASSERT_TRUE(loops.set("bitrate", bitrate).ok());
    ASSERT_TRUE(mux.set("info_tag", "false").ok());
    loops.connect("in", first.nodes()[2].node().outs()[0]->spec());
    ASSERT_TRUE(loops.start().ok());
    for (const BlockRef& frame : first.nodes()[2].out("out")) loops.feed("in", frame);
    mux.connect("in", loops.node().outs()[0]->spec());
    ASSERT_TRUE(mux.start().ok());
    for (const BlockRef& frame : loops.out("out")) mux.feed("in", frame);
    mux.end();
    std::string stream;
    for (const BlockRef& packet : mux.out("out")) stream += packet->text();
    EXPECT_EQ(stream,
              Chain(44100, input, 441, {{"quantize.bitrate", bitrate}, {"bitstream.info_tag", "false"}}).file());
  }
}

TEST(Mp3Chain, KeepsTheJoinInterval) {
  Chain chain(44100, music(2, 200000), 441, {{"quantize.join_interval", "0.5 s"}, {"bitstream.info_tag", "false"}});
  int since = 0;
  for (const BlockRef& packet : chain.packets()) {
    since = packet->has(kIndependent) ? 0 : since + 1;
    EXPECT_LT(since, 20);  // 0.5 s are 19.1 frames
  }
}

TEST(Mp3Chain, PacketsFollowOneAnotherOnTheTimeAxis) {
  Chain chain(44100, music(2, 30000), 441, kNoTag);
  for (std::size_t n = 1; n < chain.packets().size(); ++n)
    EXPECT_EQ(chain.packets()[n]->header.position, chain.packets()[n - 1]->header.position + 1152);
}

TEST(Mp3Chain, MixesDownToMono) {
  Chain chain(32000, music(2, 9000), 320, {{"filterbank.mode", "mono"}, {"quantize.bitrate", "64"}});
  ASSERT_TRUE(chain.status().ok());
  EXPECT_EQ(static_cast<unsigned char>(chain.file()[3]) >> 6, 3);  // mode: single channel
}

TEST(Mp3Chain, SurvivesBadSamples) {
  Channels input = music(2, 20000);
  input[0][3000] = std::numeric_limits<float>::quiet_NaN();
  input[1][5000] = std::numeric_limits<float>::infinity();
  input[1][7000] = -std::numeric_limits<float>::infinity();
  for (std::size_t n = 9000; n < 12000; ++n) input[0][n] = 1e30f;
  Chain chain(44100, input, 441, kNoTag);
  EXPECT_THAT(chain.packets(), testing::SizeIs(testing::Ge(18)));
}

TEST(Mp3Chain, ResumesAfterAGap) {
  NodeHarness bank("mp3.filterbank");
  bank.connect("in", audio_spec(44100, 2, 441));
  ASSERT_TRUE(bank.start().ok());
  bank.feed_audio("in", music(2, 1000));
  bank.feed_audio("in", music(2, 1000), kDiscontinuity);
  ASSERT_THAT(bank.out("out"), testing::SizeIs(2));
  EXPECT_FALSE(bank.out("out")[0]->discontinuity());
  EXPECT_TRUE(bank.out("out")[1]->discontinuity());
}

TEST(Mp3Chain, NamesTheRatesItTakes) {
  const Status status = Chain(10000, music(2, 100), 100, {}).status();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().text(),
              testing::HasSubstr("8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000"));
}

TEST(Mp3Chain, TakesALowBitrateAtALowerRate) {
  NodeHarness bank("mp3.filterbank");
  ASSERT_TRUE(bank.set("bitrate", "64").ok());
  bank.connect("in", audio_spec(44100, 2, 441));
  const auto accepted = [&] { return bank.node().accepted(*bank.node().ins()[0]).rate_hz; };
  EXPECT_EQ(accepted(), 44100);
  ASSERT_TRUE(bank.set("rate", "auto").ok());
  EXPECT_EQ(accepted(), 32000);
  ASSERT_TRUE(bank.set("mode", "mono").ok());
  EXPECT_EQ(accepted(), 44100);
  ASSERT_TRUE(bank.set("vbr", "9").ok());
  EXPECT_EQ(accepted(), 32000);
  ASSERT_TRUE(bank.set("rate", "22.05 kHz").ok());
  EXPECT_EQ(accepted(), 22050);
  ASSERT_TRUE(bank.set("rate", "23 kHz").ok());
  EXPECT_FALSE(bank.start().ok());
}

TEST(Mp3Chain, NamesTheBitratesOfTheSamplingRate) {
  const Status status = Chain(22050, music(2, 100), 100, {{"quantize.bitrate", "320"}}).status();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().text(), testing::HasSubstr("8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160"));
}

TEST(Mp3Chain, NamesTheRangesOfAVariableBitrate) {
  for (const Settings& bad : {Settings{{"quantize.vbr", "2"}, {"quantize.min_bitrate", "100"}},
                              Settings{{"quantize.abr", "200"}, {"quantize.max_bitrate", "128"}},
                              Settings{{"quantize.abr", "200"}, {"quantize.vbr", "3"}}})
    EXPECT_FALSE(Chain(44100, music(2, 100), 100, bad).status().ok());
}

TEST(Mp3Chain, AVariableBitrateIsTheSameForAnyBlockSizeAndRealTimeSafe) {
  const Channels input = music(2, 40000);
  for (const Settings& settings : {Settings{{"quantize.vbr", "4"}}, Settings{{"quantize.abr", "115"}}}) {
    const std::string reference = Chain(44100, input, 441, settings).file();
    Chain chain(44100, input, 20000, settings);
    EXPECT_EQ(chain.file(), reference);
    for (NodeHarness& node : chain.nodes()) EXPECT_EQ(node.realtime_violation(), "");
  }
}

TEST(Mp3Chain, LowLatencyDeclaresTwoGranulesAndKeepsTheStreamWhole) {
  Chain normal(44100, music(2, 12345), 441, {});
  Chain low(44100, music(2, 12345), 441, {{"filterbank.latency", "low"}, {"bitstream.info_tag", "false"}});
  ASSERT_TRUE(low.status().ok());
  Duration delay{};
  for (NodeHarness& node : low.nodes()) delay += node.node().delay();
  EXPECT_LE(std::chrono::abs(delay - frames_to_duration(2 * kLines, 44100)), std::chrono::nanoseconds(2));
  EXPECT_EQ(low.packets().size(), normal.packets().size() - 2);  // without the tag and its rewrite
  for (const BlockRef& packet : low.packets()) EXPECT_TRUE(packet->has(kIndependent));
  EXPECT_EQ(low.packets()[1]->header.position, 1152);
}

TEST(Mp3Chain, LostFramesCostSilenceAndNeverTheStream) {
  Chain whole(44100, music(2, 100000), 441, kNoTag);
  NodeHarness mux("mp3.bitstream");
  ASSERT_TRUE(mux.set("info_tag", "false").ok());
  mux.connect("in", whole.nodes()[3].node().outs()[0]->spec());
  ASSERT_TRUE(mux.start().ok());
  const auto& frames = whole.nodes()[3].out("out");
  for (std::size_t n = 0; n < frames.size(); ++n)
    if (n % 7 != 3) mux.feed("in", frames[n]);
  mux.end();
  std::size_t expected = 0;
  for (std::size_t n = 0; n < frames.size(); ++n) expected += n % 7 != 3;
  EXPECT_EQ(mux.out("out").size(), expected);
  EXPECT_LT(mux.counter("silenced"), static_cast<double>(expected) / 4);
}

}  // namespace
}  // namespace sluice::mp3
