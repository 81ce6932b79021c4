// mp3.adu_pack and mp3.adu_unpack on the harness, over the packets of the encoder's kernels.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "engine/testing/node_harness.h"
#include "nodes/mp3/kernels/encoder.h"

namespace sluice::mp3 {
namespace {

constexpr int kFrame = 1152;
const StreamSpec kMp3{.format = {.media = "packet", .codec = "mp3", .rate_hz = 44100, .channels = 2},
                      .block_frames = kFrame};

std::vector<std::string> music() {
  Encoder encoder(*StreamFormat::make(44100, 2, 128), {});
  std::vector<std::string> frames;
  const auto sink = [&](const MuxedFrame& frame) { frames.emplace_back(frame.bytes.begin(), frame.bytes.end()); };
  std::array<float, kLines> x{};
  for (int granule = 0; granule < 60; ++granule) {
    for (int n = 0; n < kLines; ++n) {
      const int t = granule * kLines + n;
      x[n] = 0.4f * std::sin(0.06f * static_cast<float>(t)) + (t % 7000 < 40 ? 0.5f : 0.0f);
    }
    encoder.encode(x, x, sink);
  }
  encoder.finish(sink);
  return frames;
}

// Holds the packets: their pool is the node's.
struct Packed {
  explicit Packed(const std::vector<std::string>& frames) {
    node.connect("in", kMp3);
    EXPECT_TRUE(node.start().ok());
    for (const std::string& frame : frames) node.feed_bytes("in", std::as_bytes(std::span(frame)), kFrame);
    node.end();
    EXPECT_EQ(node.realtime_violation(), "");
  }
  std::vector<BlockRef>& adus() { return node.out("out"); }

  NodeHarness node{"mp3.adu_pack"};
};

struct Unpacked {
  explicit Unpacked(const std::vector<BlockRef>& adus, const std::string& max_fill = "100") {
    EXPECT_TRUE(node.set("max_fill", max_fill).ok());
    StreamSpec spec = kMp3;
    spec.format.codec = "mp3_adu";
    node.connect("in", spec);
    EXPECT_TRUE(node.start().ok());
    for (const BlockRef& adu : adus) node.feed("in", adu);
    node.end();
    EXPECT_EQ(node.realtime_violation(), "");
  }
  std::vector<BlockRef>& frames() { return node.out("out"); }

  NodeHarness node{"mp3.adu_unpack"};
};

std::string joined(const std::vector<std::string>& frames) {
  std::string all;
  for (const std::string& frame : frames) all += frame;
  return all;
}

TEST(AduNodes, GiveBackTheStreamBitByBit) {
  const auto frames = music();
  Packed packed(frames);
  Unpacked unpacked(packed.adus());
  EXPECT_EQ(unpacked.node.bytes("out"), joined(frames));
  EXPECT_EQ(unpacked.node.counter("filled"), 0);
}

TEST(AduNodes, FillWhatWasLostAndKeepTheTime) {
  const auto frames = music();
  Packed packed(frames);
  auto& adus = packed.adus();
  adus.erase(adus.begin() + 8, adus.begin() + 11);
  Unpacked unpacked(adus);
  ASSERT_EQ(unpacked.frames().size(), frames.size());
  for (std::size_t n = 0; n < frames.size(); ++n) {
    EXPECT_EQ(unpacked.frames()[n]->header.position, static_cast<std::int64_t>(n) * kFrame);
    EXPECT_EQ(unpacked.frames()[n]->discontinuity(), n == 8) << n;
  }
  EXPECT_EQ(unpacked.node.counter("filled"), 3);
}

TEST(AduNodes, ALongLossLeavesAGapInTime) {
  const auto frames = music();
  Packed packed(frames);
  auto& adus = packed.adus();
  std::size_t behind = 10;
  while (!adus[behind]->has(kIndependent)) ++behind;
  adus.erase(adus.begin() + 3, adus.begin() + static_cast<std::ptrdiff_t>(behind));
  Unpacked unpacked(adus, "2");
  EXPECT_LE(unpacked.node.counter("filled"), 2);
  EXPECT_LT(unpacked.frames().size(), frames.size());
  EXPECT_EQ(unpacked.frames().back()->header.position, (static_cast<std::int64_t>(frames.size()) - 1) * kFrame);
}

TEST(AduNodes, LeaveOutWhatComesTooLate) {
  const auto frames = music();
  Packed packed(frames);
  auto& adus = packed.adus();
  std::swap(adus[5], adus[6]);
  Unpacked unpacked(adus);
  EXPECT_EQ(unpacked.frames().size(), frames.size());
  EXPECT_EQ(unpacked.node.counter("late"), 1);
  EXPECT_EQ(unpacked.node.counter("filled"), 1);
}

TEST(AduNodes, CountDamagedPacketsAndFillTheirPlace) {
  const auto frames = music();
  Packed packed(frames);
  auto& adus = packed.adus();
  adus[7]->bytes()[0] = std::byte{0};
  Unpacked unpacked(adus);
  EXPECT_EQ(unpacked.frames().size(), frames.size());
  EXPECT_EQ(unpacked.node.counter("damaged"), 1);
  EXPECT_EQ(unpacked.node.counter("filled"), 1);
}

TEST(AduNodes, PassNoRewriteOn) {
  NodeHarness pack("mp3.adu_pack");
  pack.connect("in", kMp3);
  ASSERT_TRUE(pack.start().ok());
  const auto frames = music();
  pack.feed_bytes("in", std::as_bytes(std::span(frames[0])), kFrame);
  pack.feed_bytes("in", std::as_bytes(std::span(frames[0])), 0, kRewrite);
  pack.end();
  EXPECT_EQ(pack.out("out").size(), 1u);
}

}  // namespace
}  // namespace sluice::mp3
