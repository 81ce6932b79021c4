#include "nodes/sdr/radio_assembler.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "nodes/sdr/kernels/crc.h"

namespace sluice::sdr {
namespace {

constexpr std::size_t kMaxSoft = kMaxFrameBits;

std::int32_t distance(std::uint32_t to, std::uint32_t from) noexcept {
  return static_cast<std::int32_t>(to - from);
}

std::uint64_t get(const std::uint8_t* from, std::size_t bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t n = 0; n < bytes; ++n) value = value << 8 | from[n];
  return value;
}

}  // namespace

RadioAssembler::RadioAssembler(std::optional<std::uint8_t> stream, std::size_t reorder)
    : stream_(stream),
      reorder_(std::min(reorder, kWindow - kMaxDepth)),
      order_(kMaxFrameBits),
      header_decoder_(kHeaderBytes),
      bits_(kMaxSoft),
      data_(kMaxCodedPacket) {
  for (std::size_t n = 0; n < fecs_.size(); ++n) fecs_[n] = Fec::make(static_cast<FecScheme>(n), kMaxCodedPacket);
  for (Slot& slot : slots_) slot.soft.resize(kMaxSoft);
}

void RadioAssembler::push(std::span<const SoftBit> air) noexcept {
  ++counts_.frames;
  if (air.size() < kHeaderBits || air.size() > kMaxFrameBits) {
    ++counts_.damaged;
    return;
  }
  order_.gather(air, std::span(bits_).first(air.size()));
  const auto header = read_header(air.size());
  if (header && accept(*header)) take_pieces(*header);
}

// The head of a frame of `bits`, if it is right, fits that length, and is of our stream.
std::optional<RadioHeader> RadioAssembler::read_header(std::size_t bits) noexcept {
  std::array<std::uint8_t, kHeaderBytes> bytes{};
  header_decoder_.decode(std::span(bits_).first(kHeaderBits), bytes);
  const auto header = unpack(bytes);
  if (!header) {
    ++counts_.damaged;
    return {};
  }
  if (header->version != kRadioVersion || (stream_ && *stream_ != header->stream)) {
    ++counts_.foreign;
    return {};
  }
  std::size_t expected = kHeaderBits;
  const bool known = header->code < fecs_.size();
  for (std::size_t j = 0; known && j < header->depth; ++j)
    expected += piece_bits(coded_bits(*header, j), header->depth, j);
  if (!known || (expected + 7) / 8 != bits / 8) {
    ++counts_.damaged;
    return {};
  }
  return header;
}

std::size_t RadioAssembler::coded_bits(const RadioHeader& header, std::size_t j) const noexcept {
  return header.units[j] == 0 ? 0 : fecs_[header.code]->coded_bits(header.units[j] * kLengthUnit);
}

// Whether the frame brings something new; moves the window to where it is.
bool RadioAssembler::accept(const RadioHeader& header) noexcept {
  const std::uint32_t sequence = header.sequence;
  if (!started_) {
    stream_ = header.stream;
    begin_at(sequence);
  }
  const std::int32_t ahead = distance(sequence, newest_);
  if (distance(sequence, next_) >= static_cast<std::int32_t>(kWindow)) {
    if (!is_restart(sequence)) return false;
    begin_at(sequence);
  } else if (ahead > 0) {
    seen_ = ahead < 64 ? seen_ << ahead : 0;
    newest_ = sequence;
  } else if (ahead <= -64 || distance(sequence, next_) < 0) {
    if (!is_restart(sequence)) return false;
    begin_at(sequence);
  }
  const std::uint64_t bit = std::uint64_t{1} << distance(newest_, sequence);
  if ((seen_ & bit) != 0) {
    ++counts_.replayed;
    return false;
  }
  seen_ |= bit;
  old_run_ = 0;
  depth_ = header.depth;
  return true;
}

// One frame far away may be a forgery or an echo; several in sequence are a sender that began again, or a long fade.
bool RadioAssembler::is_restart(std::uint32_t sequence) noexcept {
  old_run_ = sequence == old_expected_ ? old_run_ + 1 : 1;
  old_expected_ = sequence + 1;
  if (old_run_ >= kRestartFrames) {
    ++counts_.restarts;
    return true;
  }
  ++counts_.replayed;
  return false;
}

void RadioAssembler::begin_at(std::uint32_t sequence) noexcept {
  if (started_) gap_ = true;
  for (Slot& slot : slots_) {
    if (slot.used && slot.units > 0) ++counts_.lost;
    slot.used = false;
  }
  started_ = true;
  next_ = newest_ = sequence;
  seen_ = 0;
}

RadioAssembler::Slot* RadioAssembler::open_slot(const RadioHeader& header, std::size_t j) noexcept {
  const std::uint32_t sequence = header.sequence - static_cast<std::uint32_t>(j);
  const std::int32_t place = distance(sequence, next_);
  if (place < 0 || place >= static_cast<std::int32_t>(kWindow)) return nullptr;
  Slot& found = slot(sequence);
  if (found.used && found.sequence == sequence) {
    const bool same = found.units == header.units[j] && found.code == header.code && found.depth == header.depth;
    return same ? &found : nullptr;
  }
  found.sequence = sequence;
  found.used = true;
  found.code = header.code;
  found.depth = header.depth;
  found.units = header.units[j];
  found.pieces = 0;
  std::ranges::fill(std::span(found.soft).first(coded_bits(header, j)), kErasure);
  return &found;
}

void RadioAssembler::take_pieces(const RadioHeader& header) noexcept {
  std::size_t from = kHeaderBits;
  for (std::size_t j = 0; j < header.depth; ++j) {
    const std::size_t coded = coded_bits(header, j);
    const std::size_t length = piece_bits(coded, header.depth, j);
    if (Slot* packet = open_slot(header, j)) {
      packet->pieces |= 1u << j;
      for (std::size_t n = j, k = from; n < coded; n += header.depth) packet->soft[n] = bits_[k++];
    }
    from += length;
  }
}

// Packet next_ has all its pieces, or the last one missing has been overtaken by more frames than may do so.
bool RadioAssembler::decided() const noexcept {
  if (!started_ || distance(newest_, next_) < 0) return false;
  const Slot& head = slots_[next_ % kWindow];
  const bool present = head.used && head.sequence == next_;
  const std::size_t depth = present ? head.depth : depth_;
  const std::uint32_t missing = ((1u << depth) - 1) & ~(present ? head.pieces : 0u);
  if (missing == 0 || finished_) return true;
  const auto last = static_cast<std::size_t>(std::bit_width(missing)) - 1;
  return distance(newest_, next_) > static_cast<std::int32_t>(last + reorder_);
}

std::optional<ReceivedPacket> RadioAssembler::next() noexcept {
  while (decided()) {
    Slot& head = slot(next_);
    const bool present = head.used && head.sequence == next_;
    head.used = false;
    ++next_;
    if (present && head.units == 0) continue;
    auto packet = present ? decode(head) : std::nullopt;
    if (!packet) {
      ++counts_.lost;
      gap_ = true;
      continue;
    }
    ++counts_.packets;
    packet->gap = std::exchange(gap_, false);
    return packet;
  }
  return {};
}

std::optional<ReceivedPacket> RadioAssembler::decode(Slot& packet) noexcept {
  const std::span data = std::span(data_).first(packet.units * kLengthUnit);
  Fec& fec = *fecs_[packet.code];
  fec.decode(std::span(packet.soft).first(fec.coded_bits(data.size())), data);
  const std::size_t checked = data.size() - kPacketCheckBytes;
  if (crc32(data.first(checked)) != get(data.data() + checked, kPacketCheckBytes)) return {};
  const std::size_t length = get(data.data() + 11, 2);
  if (kPacketHeadBytes + length > checked) return {};
  ReceivedPacket received;
  received.head = {.flags = data[0],
                   .frames = static_cast<std::uint16_t>(get(data.data() + 1, 2)),
                   .position = static_cast<std::int64_t>(get(data.data() + 3, 8))};
  received.payload = data.subspan(kPacketHeadBytes, length);
  return received;
}

}  // namespace sluice::sdr
