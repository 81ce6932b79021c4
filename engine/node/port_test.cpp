#include "engine/node/port.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "engine/node/node.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class StillHost final : public Host {
 public:
  Time now() const noexcept override { return Time(std::chrono::seconds(7)); }
  void wake() noexcept override {}
  void handed_over(Time) noexcept override {}
};

struct Numbers {
  static constexpr std::string_view kMedia = "test.numbers";
  std::array<int, 3> values;
};

struct Ports final : Node {
  In<float> in{*this, "in", "audio"};
  In<Packet<"mp3">> side{*this, "side", "frames", {.optional = true}};
  Ins<float> more{*this, "more", "audio"};
  Out<float> audio{*this, "audio", "audio"};
  Out<std::complex<float>> iq{*this, "iq", "baseband"};
  Out<Packet<>> packets{*this, "packets", "bytes"};
  Out<Numbers> numbers{*this, "numbers", "a struct"};
  Ports() {
    attach(&host);
    audio.set_spec({.media = "audio", .codec = {}, .rate_hz = 48000, .channels = 2}, 16);
    iq.set_spec({.media = "iq", .codec = {}, .rate_hz = 48000, .channels = 1}, 16);
    packets.set_spec({.media = "packet", .codec = "mp3", .rate_hz = 48000, .channels = 2}, 1152, 10);
    numbers.set_spec({.media = "test.numbers", .codec = {}, .rate_hz = 48000, .channels = 1}, 3);
    for (OutPort* out : outs()) PortWiring::make_pool(*out, 4);
  }
  Status configure() override { return {}; }
  StillHost host;
};

struct Kept final : Delivery {
  void deliver(BlockRef block) noexcept override { blocks.push_back(std::move(block)); }
  std::vector<BlockRef> blocks;
};

BlockRef numbered(Ports& ports, std::uint64_t sequence, std::uint32_t flags = 0) {
  BlockRef block = ports.audio.take(4);
  block->header.sequence = sequence;
  block->header.flags = flags;
  return block;
}

// gap() after each of the blocks with these sequence numbers.
std::vector<bool> gaps_of(const std::vector<std::uint64_t>& sequence) {
  Ports ports;
  std::vector<bool> gaps;
  for (const std::uint64_t number : sequence) {
    PortWiring::push(ports.in, numbered(ports, number));
    ports.in.next();
    gaps.push_back(ports.in.gap());
  }
  return gaps;
}

TEST(InPort, ShowsAGapWhereSequenceNumbersDo) {
  EXPECT_THAT(gaps_of({0, 1, 2, 3}), ElementsAre(false, false, false, false));
  EXPECT_THAT(gaps_of({0, 1, 3, 4}), ElementsAre(false, false, true, false));
  EXPECT_THAT(gaps_of({5, 6}), ElementsAre(true, false)) << "the beginning was shed";
}

TEST(InPort, ShowsAGapWhereTheSourceFlagsOne) {
  Ports ports;
  PortWiring::push(ports.in, numbered(ports, 0, kDiscontinuity));
  PortWiring::push(ports.in, numbered(ports, 1));
  ports.in.next();
  EXPECT_TRUE(ports.in.gap());
  ports.in.next();
  EXPECT_FALSE(ports.in.gap());
}

TEST(InPort, KeepsTheOrderBeyondItsFirstCapacity) {
  Ports ports;
  std::uint64_t taken = 0;
  for (std::uint64_t number = 0; number < 50; ++number) {
    PortWiring::push(ports.in, numbered(ports, number));
    if (number % 3 == 0) {
      EXPECT_EQ(ports.in.next()->header.sequence, taken++);
    }
  }
  EXPECT_EQ(ports.in.peek()->header.sequence, taken);
  while (const BlockRef block = ports.in.next()) EXPECT_EQ(block->header.sequence, taken++);
  EXPECT_EQ(taken, 50u);
  EXPECT_EQ(PortWiring::taken(ports.in), 50u);
}

TEST(InPort, HasEndedOnlyWhenAllIsTaken) {
  Ports ports;
  PortWiring::push(ports.in, numbered(ports, 0));
  PortWiring::end(ports.in);
  EXPECT_FALSE(ports.in.ended());
  ports.in.next();
  EXPECT_TRUE(ports.in.ended());
  EXPECT_FALSE(ports.in.next());
}

TEST(InPort, OfAFamilyAreNumberedFromOne) {
  Ports ports;
  EXPECT_EQ(ports.more.add().name(), "more1");
  EXPECT_EQ(ports.more.add().name(), "more2");
  EXPECT_EQ(&ports.more[1], ports.ins().back()) << "what a family makes is a port of the node";
}

TEST(Port, KnowsItsPayload) {
  const Ports ports;
  EXPECT_EQ(ports.audio.media(), "audio");
  EXPECT_EQ(ports.iq.media(), "iq");
  EXPECT_EQ(ports.side.media(), "packet");
  EXPECT_EQ(ports.side.codec(), "mp3");
  EXPECT_TRUE(ports.side.optional());
  EXPECT_EQ(ports.packets.codec(), "") << "any";
  EXPECT_EQ(ports.numbers.media(), "test.numbers");
}

TEST(OutPort, CountsItsBlocksAndStampsThem) {
  Ports ports;
  Kept kept;
  PortWiring::add_delivery(ports.audio, kept);
  for (int n = 0; n < 3; ++n) {
    BlockRef block = ports.audio.take(8);
    block->header.sequence = 99;
    block->header.position = 8 * n;
    ports.audio.emit(std::move(block));
  }
  EXPECT_EQ(ports.audio.emitted(), 3u);
  EXPECT_EQ(ports.audio.end_position(), 24);
  EXPECT_EQ(kept.blocks[2]->header.sequence, 2u) << "the port's own number, whatever the node left there";
  EXPECT_EQ(kept.blocks[0]->header.capture_time, ports.host.now()) << "a source's block was captured now";
}

TEST(OutPort, KeepsACaptureTimeThatTheNodeGave) {
  Ports ports;
  Kept kept;
  PortWiring::add_delivery(ports.audio, kept);
  BlockRef block = ports.audio.take(8);
  block->header.capture_time = Time(std::chrono::seconds(3));
  ports.audio.emit(std::move(block));
  EXPECT_EQ(kept.blocks[0]->header.capture_time, Time(std::chrono::seconds(3)));
}

TEST(OutPort, FanOutSharesOneBlock) {
  Ports ports;
  Kept left, right;
  PortWiring::add_delivery(ports.audio, left);
  PortWiring::add_delivery(ports.audio, right);
  ports.audio.emit(ports.audio.take(8));
  ASSERT_EQ(left.blocks.size(), 1u);
  EXPECT_EQ(left.blocks[0].get(), right.blocks[0].get());
  EXPECT_FALSE(left.blocks[0]->unique());
  right.blocks.clear();
  EXPECT_TRUE(left.blocks[0]->unique()) << "the last holder may write";
}

TEST(OutPort, WithoutALinkGivesTheBlockBack) {
  Ports ports;
  for (int n = 0; n < 100; ++n) ports.audio.emit(ports.audio.take(8));
  EXPECT_EQ(PortWiring::pool(ports.audio)->grown(), 0u);
}

TEST(OutPort, TakesNoMoreFramesThanABlockHolds) {
  Ports ports;
  EXPECT_EQ(ports.audio.take(8)->frames(), 8u);
  EXPECT_EQ(ports.audio.take(1000)->frames(), 16u);
  EXPECT_EQ(ports.audio.take()->frames(), 16u);
  EXPECT_EQ(ports.packets.take()->bytes().size(), 10u) << "packets: the largest payload, to be resized";
}

TEST(Writable, IsTheBlockItselfForItsOnlyHolder) {
  Ports ports;
  BlockRef block = ports.audio.take(8);
  const Block* const before = block.get();
  EXPECT_EQ(ports.audio.writable(std::move(block)).get(), before);
}

TEST(Writable, IsACopyWithTheSameTimesWhenOthersHoldTheBlock) {
  Ports ports;
  BlockRef block = ports.audio.take(3);
  for (std::size_t c = 0; c < 2; ++c)
    for (std::size_t n = 0; n < 3; ++n) block->channel(c)[n] = static_cast<float>(10 * c + n);
  block->header.capture_time = Time(std::chrono::seconds(5));
  block->header.position = 1000;
  block->header.flags = kIndependent | kDiscontinuity;
  const BlockRef copy = ports.audio.writable(BlockRef(block));
  ASSERT_NE(copy.get(), block.get());
  EXPECT_THAT(copy->channel(0), ElementsAre(0, 1, 2));
  EXPECT_THAT(copy->channel(1), ElementsAre(10, 11, 12));
  EXPECT_EQ(copy->header.capture_time, block->header.capture_time);
  EXPECT_EQ(copy->header.position, 1000);
  EXPECT_EQ(copy->header.flags, block->header.flags);
  copy->channel(0)[0] = 77;
  EXPECT_EQ(block->channel(0)[0], 0) << "the others' samples stay";
}

TEST(Writable, CopiesPacketsBasebandAndStructs) {
  Ports ports;
  BlockRef packet = ports.packets.take();
  packet->resize(4);
  std::ranges::copy(std::as_bytes(std::span("mp3!", 4)), packet->bytes().begin());
  EXPECT_EQ(ports.packets.writable(BlockRef(packet))->text(), "mp3!");
  BlockRef iq = ports.iq.take(2);
  iq->iq()[1] = {1, -1};
  EXPECT_EQ(ports.iq.writable(BlockRef(iq))->iq()[1], (std::complex<float>{1, -1}));
  BlockRef numbers = ports.numbers.take();
  numbers->as<Numbers>().values = {4, 5, 6};
  EXPECT_THAT(ports.numbers.writable(BlockRef(numbers))->as<Numbers>().values, ElementsAre(4, 5, 6));
}

TEST(Stamp, CopiesTheHeaderButNotTheSequence) {
  Ports ports;
  BlockRef from = numbered(ports, 5, kIndependent), to = numbered(ports, 9);
  from->header.position = 480;
  stamp_from(*to, *from);
  EXPECT_EQ(to->header.position, 480);
  EXPECT_EQ(to->header.flags, kIndependent);
  EXPECT_EQ(to->header.sequence, 9u);
}

}  // namespace
}  // namespace sluice
