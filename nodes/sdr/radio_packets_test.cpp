// Framer and assembler back to back, over a channel of bits that loses, repeats, reorders and damages frames.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "nodes/sdr/kernels/frame_order.h"
#include "nodes/sdr/radio_assembler.h"
#include "nodes/sdr/radio_framer.h"

namespace sluice::sdr {
namespace {

using Bytes = std::vector<std::uint8_t>;
using Soft = std::vector<SoftBit>;

Bytes payload_of(unsigned n) {
  std::mt19937 random(n);
  Bytes bytes(1 + random() % 900);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

Soft soften(std::span<const std::uint8_t> air) {
  Soft soft;
  for (const std::uint8_t byte : air)
    for (int k = 7; k >= 0; --k) soft.push_back((byte >> k & 1) != 0 ? 255 : 0);
  return soft;
}

std::vector<Soft> frames_of(FecScheme scheme, std::size_t depth, unsigned packets, std::uint8_t stream = 7) {
  RadioFramer framer(scheme, depth, stream);
  std::vector<Soft> frames;
  for (unsigned n = 0; n < packets; ++n)
    frames.push_back(
        soften(framer.frame({.flags = kPacketIndependent, .frames = 1152, .position = 1152 * n}, payload_of(n))));
  for (std::size_t n = 1; n < depth; ++n) frames.push_back(soften(framer.tail()));
  return frames;
}

struct Received {
  std::vector<unsigned> packets;  // the numbers of those that came whole and right
  unsigned wrong = 0, gaps = 0;
};

void collect(RadioAssembler& assembler, Received& received) {
  while (const auto packet = assembler.next()) {
    const auto n = static_cast<unsigned>(packet->head.position / 1152);
    received.packets.push_back(n);
    received.gaps += packet->gap;
    received.wrong += !std::ranges::equal(packet->payload, payload_of(n)) || packet->head.frames != 1152;
  }
}

Received receive(RadioAssembler& assembler, const std::vector<Soft>& frames) {
  Received received;
  for (const Soft& frame : frames) {
    assembler.push(frame);
    collect(assembler, received);
  }
  assembler.finish();
  collect(assembler, received);
  return received;
}

std::vector<unsigned> first(unsigned count) {
  std::vector<unsigned> numbers(count);
  for (unsigned n = 0; n < count; ++n) numbers[n] = n;
  return numbers;
}

class EveryCode : public testing::TestWithParam<std::string> {
 protected:
  FecScheme scheme() const { return *find_fec(GetParam()); }
};

TEST_P(EveryCode, BringsEveryPacketHomeAtEveryDepth) {
  for (const std::size_t depth : {1u, 2u, 4u, 8u}) {
    RadioAssembler assembler;
    const Received received = receive(assembler, frames_of(scheme(), depth, 40));
    EXPECT_EQ(received.packets, first(40)) << depth;
    EXPECT_EQ(received.wrong + received.gaps, 0u);
    EXPECT_EQ(assembler.counts().lost, 0u);
  }
}

TEST_P(EveryCode, LetsNoDamagedPacketThrough) {
  std::vector<Soft> frames = frames_of(scheme(), 4, 60);
  std::mt19937 random(1);
  for (Soft& frame : frames)
    for (auto& soft : frame)
      if (random() % 8 == 0) soft = static_cast<SoftBit>(random());
  RadioAssembler assembler;
  const Received received = receive(assembler, frames);
  EXPECT_EQ(received.wrong, 0u);
  EXPECT_EQ(received.packets.size(), assembler.counts().packets);
}

INSTANTIATE_TEST_SUITE_P(Codes, EveryCode, testing::Values("none", "hamming", "golay", "conv", "conv_rs"),
                         [](const auto& test) { return test.param; });

TEST(RadioPackets, SurviveEveryEighthFrameLost) {
  std::vector<Soft> frames = frames_of(FecScheme::conv, 4, 80), kept;
  for (std::size_t n = 0; n < frames.size(); ++n)
    if (n % 8 != 3) kept.push_back(frames[n]);
  RadioAssembler assembler;
  const Received received = receive(assembler, kept);
  EXPECT_EQ(received.packets, first(80));
  EXPECT_EQ(received.wrong, 0u);
}

TEST(RadioPackets, WithoutInterleavingALostFrameIsALostPacketAndAGap) {
  std::vector<Soft> frames = frames_of(FecScheme::none, 1, 10);
  frames.erase(frames.begin() + 5);
  RadioAssembler assembler;
  const Received received = receive(assembler, frames);
  EXPECT_EQ(received.packets, (std::vector<unsigned>{0, 1, 2, 3, 4, 6, 7, 8, 9}));
  EXPECT_EQ(received.gaps, 1u);
  EXPECT_EQ(assembler.counts().lost, 1u);
}

TEST(RadioPackets, AreTakenOnceThoughEveryFrameComesTwice) {
  std::vector<Soft> twice;
  for (const Soft& frame : frames_of(FecScheme::conv, 4, 30)) twice.insert(twice.end(), 2, frame);
  RadioAssembler assembler;
  EXPECT_EQ(receive(assembler, twice).packets, first(30));
  EXPECT_EQ(assembler.counts().replayed, 33u);
}

TEST(RadioPackets, AreNotTakenAgainWhenARecordingIsReplayed) {
  const std::vector<Soft> frames = frames_of(FecScheme::conv, 4, 60);
  RadioAssembler assembler;
  Received received = receive(assembler, frames);
  for (std::size_t n = 10; n < 50; n += 2) assembler.push(frames[n]);  // no four in sequence
  collect(assembler, received);
  EXPECT_EQ(received.packets, first(60));
}

TEST(RadioPackets, ThatOvertakeEachOtherArePutInOrder) {
  std::vector<Soft> frames = frames_of(FecScheme::none, 1, 40);
  for (std::size_t n = 2; n + 1 < frames.size(); n += 2) std::swap(frames[n], frames[n + 1]);
  RadioAssembler assembler({}, 1);
  EXPECT_EQ(receive(assembler, frames).packets, first(40));
}

// A sender that begins again is followed after four frames; what was sent till then is lost.
TEST(RadioPackets, OfASenderThatBeganAgainAreFollowedAfterFourFrames) {
  std::vector<Soft> frames = frames_of(FecScheme::conv, 1, 100);
  const std::vector<Soft> again = frames_of(FecScheme::conv, 1, 20);
  frames.insert(frames.end(), again.begin(), again.end());
  RadioAssembler assembler;
  std::vector<unsigned> expected = first(100);
  for (unsigned n = RadioAssembler::kRestartFrames - 1; n < 20; ++n) expected.push_back(n);
  EXPECT_EQ(receive(assembler, frames).packets, expected);
  EXPECT_EQ(assembler.counts().restarts, 1u);
}

TEST(RadioPackets, AreFoundAgainAfterALongFade) {
  std::vector<Soft> frames = frames_of(FecScheme::conv, 4, 200);
  frames.erase(frames.begin() + 50, frames.begin() + 120);
  RadioAssembler assembler;
  const Received received = receive(assembler, frames);
  EXPECT_EQ(received.wrong, 0u);
  EXPECT_EQ(received.packets.back(), 199u);
  EXPECT_GE(received.packets.size(), 200u - 70 - 2 * 4 - RadioAssembler::kRestartFrames);
}

TEST(RadioPackets, OfAnotherStreamAreLeftAlone) {
  RadioAssembler assembler(3);
  EXPECT_TRUE(receive(assembler, frames_of(FecScheme::conv, 2, 10, 4)).packets.empty());
  EXPECT_EQ(assembler.counts().foreign, 11u);
}

TEST(RadioPackets, AreNotMadeOfNoise) {
  RadioAssembler assembler;
  std::mt19937 random(5);
  Received received;
  for (int n = 0; n < 300; ++n) {
    Soft noise(8 * (random() % 1000));
    for (auto& soft : noise) soft = static_cast<SoftBit>(random());
    assembler.push(noise);
    collect(assembler, received);
  }
  EXPECT_TRUE(received.packets.empty());
  EXPECT_EQ(assembler.counts().damaged, 300u);
}

// A frame that claims anything, its head's check right, its body noise.
Soft forged(const RadioHeader& header, std::size_t body_bits, std::mt19937& random) {
  std::vector<std::uint8_t> bits(kHeaderBits + body_bits), air(bits.size() / 8 + 1);
  for (auto& bit : bits) bit = random() % 2;
  conv_encode(pack(header), std::span(bits).first(kHeaderBits));
  bits.resize(8 * (bits.size() / 8));
  FrameOrder(kMaxFrameBits).scatter(bits, std::span(air).first(bits.size() / 8));
  return soften(std::span(air).first(bits.size() / 8));
}

TEST(RadioPackets, AreNotMadeOfForgedHeadsWhateverTheyClaim) {
  RadioAssembler assembler;
  std::mt19937 random(6);
  Received received;
  for (int n = 0; n < 2000; ++n) {
    RadioHeader header{.code = static_cast<std::uint8_t>(random() % 16),
                       .depth = static_cast<std::uint8_t>(1 + random() % kMaxDepth),
                       .stream = 7,
                       .sequence = n % 3 != 0 ? static_cast<std::uint32_t>(n) : static_cast<std::uint32_t>(random())};
    for (auto& units : header.units) units = static_cast<std::uint8_t>(random());
    assembler.push(forged(header, random() % 30'000, random));
    collect(assembler, received);
  }
  EXPECT_TRUE(received.packets.empty());
  EXPECT_EQ(assembler.counts().packets, 0u);
  // And in step with an honest sender again after as many frames as a restart takes, and the pieces under way.
  const Received honest = receive(assembler, frames_of(FecScheme::conv, 4, 60));
  EXPECT_EQ(honest.wrong, 0u);
  EXPECT_GE(honest.packets.size(), 60u - RadioAssembler::kRestartFrames - 4);
}

}  // namespace
}  // namespace sluice::sdr
