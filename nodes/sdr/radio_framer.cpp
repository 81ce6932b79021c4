#include "nodes/sdr/radio_framer.h"

#include <algorithm>
#include <cassert>

#include "nodes/sdr/kernels/crc.h"

namespace sluice::sdr {
namespace {

std::uint8_t* put(std::uint8_t* to, std::uint64_t value, std::size_t bytes) noexcept {
  while (bytes-- > 0) *to++ = static_cast<std::uint8_t>(value >> (8 * bytes));
  return to;
}

}  // namespace

RadioFramer::RadioFramer(FecScheme scheme, std::size_t depth, std::uint8_t stream)
    : scheme_(scheme),
      stream_(stream),
      fec_(Fec::make(scheme, kMaxCodedPacket)),
      order_(kMaxFrameBits),
      packets_(depth),
      data_(kMaxCodedPacket),
      bits_(kMaxFrameBits),
      air_(kMaxFrameAir) {
  assert(depth >= 1 && depth <= kMaxDepth);
  for (Coded& packet : packets_) packet.bits.resize(fec_->coded_bits(kMaxCodedPacket));
}

std::span<const std::uint8_t> RadioFramer::frame(const PacketHead& head,
                                                 std::span<const std::uint8_t> payload) noexcept {
  assert(payload.size() <= kMaxPayload);
  const std::size_t units = (kPacketHeadBytes + payload.size() + kPacketCheckBytes + kLengthUnit - 1) / kLengthUnit;
  const std::span data = std::span(data_).first(units * kLengthUnit);
  std::ranges::fill(data, std::uint8_t{0});
  std::uint8_t* to = put(data.data(), head.flags, 1);
  to = put(to, head.frames, 2);
  to = put(to, static_cast<std::uint64_t>(head.position), 8);
  to = put(to, payload.size(), 2);
  std::ranges::copy(payload, to);
  const std::size_t checked = data.size() - kPacketCheckBytes;
  put(data.data() + checked, crc32(data.first(checked)), kPacketCheckBytes);

  Coded& packet = coded(sequence_);
  packet.units = static_cast<std::uint8_t>(units);
  packet.size = fec_->coded_bits(data.size());
  fec_->encode(data, std::span(packet.bits).first(packet.size));
  return assemble();
}

std::span<const std::uint8_t> RadioFramer::tail() noexcept {
  coded(sequence_).units = 0;
  coded(sequence_).size = 0;
  return assemble();
}

std::span<const std::uint8_t> RadioFramer::assemble() noexcept {
  const std::size_t depth = packets_.size();
  RadioHeader header{.code = static_cast<std::uint8_t>(scheme_),
                     .depth = static_cast<std::uint8_t>(depth),
                     .stream = stream_,
                     .sequence = sequence_};
  for (std::size_t j = 0; j < depth; ++j) header.units[j] = coded(sequence_ - static_cast<std::uint32_t>(j)).units;
  const auto head = pack(header);
  conv_encode(head, std::span(bits_).first(kHeaderBits));
  std::size_t size = kHeaderBits;
  for (std::size_t j = 0; j < depth; ++j) {
    const Coded& packet = coded(sequence_ - static_cast<std::uint32_t>(j));
    for (std::size_t n = j; n < packet.size; n += depth) bits_[size++] = packet.bits[n];
  }
  while (size % 8 != 0) bits_[size++] = 0;
  assert(size <= kMaxFrameBits);
  ++sequence_;
  const std::span air = std::span(air_).first(size / 8);
  order_.scatter(std::span(bits_).first(size), air);
  return air;
}

}  // namespace sluice::sdr
