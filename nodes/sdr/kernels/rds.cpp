#include "nodes/sdr/kernels/rds.h"

#include <algorithm>
#include <bit>

namespace sluice::sdr {
namespace {

// Offset words A, B, C, D, C' (IEC 62106, annex A).
constexpr std::array<std::uint16_t, 5> kOffsets{0x0FC, 0x198, 0x168, 0x1B4, 0x350};
constexpr std::uint32_t kWord = (1u << kRdsBlockBits) - 1;
constexpr std::uint16_t kRtPlusAid = 0x4BD7;  // application identification of RT+
constexpr unsigned kRtPlusGroup = 11;
constexpr unsigned kWindow = 48, kMostBad = 24;  // blocks

unsigned syndrome(std::uint32_t word) noexcept {
  return rds_checkword(static_cast<std::uint16_t>(word >> 10)) ^ (word & 0x3FF);
}

// The error of one bit, or two next to each other, that makes this syndrome; 0 if there is none such.
std::uint32_t error_of(unsigned wanted) noexcept {
  for (unsigned n = 0; n < kRdsBlockBits; ++n)
    for (const std::uint32_t burst : {1u, 3u})
      if (const std::uint32_t error = burst << n; error <= kWord && syndrome(error) == wanted) return error;
  return 0;
}

template <std::size_t size>
void fill(std::array<char, size>& letters, std::string_view text) noexcept {
  letters.fill(' ');
  std::copy_n(text.begin(), std::min(text.size(), size), letters.begin());
}

char letter(unsigned byte) noexcept {
  return static_cast<char>(byte & 0xFF);
}

}  // namespace

void RdsStation::set_ps(std::string_view text) noexcept {
  fill(ps, text);
}

void RdsStation::set_rt(std::string_view text) noexcept {
  fill(rt, text);
  tags = {};
  constexpr std::string_view kBetween = " - ";
  const std::size_t length = std::min(text.size(), kRtLetters), at = text.substr(0, length).find(kBetween);
  if (length < kRtLetters) rt[length] = '\r';  // ends the text
  if (at == std::string_view::npos || at == 0 || at + kBetween.size() >= length) return;
  const std::size_t title = at + kBetween.size();
  const auto tag = [](std::uint8_t type, std::size_t start, std::size_t letters) {
    return Tag{type, static_cast<std::uint8_t>(start), static_cast<std::uint8_t>(letters - 1)};
  };
  tags = {tag(kRtPlusArtist, 0, std::min<std::size_t>(at, 64)),
          tag(kRtPlusTitle, title, std::min<std::size_t>(length - title, 32))};
}

std::uint16_t rds_checkword(std::uint16_t information) noexcept {
  std::uint32_t r = static_cast<std::uint32_t>(information) << 10;
  for (int bit = 25; bit >= 10; --bit)
    if ((r >> bit & 1) != 0) r ^= 0x5B9u << (bit - 10);
  return static_cast<std::uint16_t>(r & 0x3FF);
}

void RdsEncoder::set(const RdsStation& station) noexcept {
  if (station.rt != station_.rt) {
    text_flag_ = !text_flag_;
    rt_ = 0;
  }
  station_ = station;
}

bool RdsEncoder::next() noexcept {
  const std::size_t block = bit_ / kRdsBlockBits;
  const std::uint32_t word = static_cast<std::uint32_t>(group_[block]) << 10 |
                             static_cast<std::uint32_t>(rds_checkword(group_[block]) ^ kOffsets[block]);
  const bool bit = (word >> (kRdsBlockBits - 1 - bit_ % kRdsBlockBits) & 1) != 0;
  if (++bit_ == kRdsBlocks * kRdsBlockBits) next_group();
  return bit;
}

std::uint16_t RdsEncoder::block_b(unsigned type, unsigned low) const noexcept {
  return static_cast<std::uint16_t>(type << 12 | (station_.traffic ? 1u << 10 : 0u) |
                                    static_cast<unsigned>(station_.pty & 31) << 5 | low);
}

// PS and RT alternate; every eighth group tells of RT+, where there is any.
void RdsEncoder::next_group() noexcept {
  bit_ = 0;
  const std::size_t turn = count_++;
  const auto pair = [](const auto& letters, std::size_t n) {
    return static_cast<std::uint16_t>(static_cast<unsigned char>(letters[n]) << 8 |
                                      static_cast<unsigned char>(letters[n + 1]));
  };
  group_[0] = station_.pi;
  if (turn % 8 == 7 && station_.tags[0].type != 0) {
    if (turn % 16 == 7) {
      group_ = {station_.pi, block_b(3, kRtPlusGroup << 1), 0, kRtPlusAid};
      return;
    }
    const auto& [first, second] = station_.tags;
    const unsigned running = 1;  // the item goes on
    group_[1] = block_b(kRtPlusGroup, running << 3 | static_cast<unsigned>(first.type >> 3));
    group_[2] = static_cast<std::uint16_t>((first.type & 7u) << 13 | (first.start & 63u) << 7 |
                                           (first.length & 63u) << 1 | static_cast<unsigned>(second.type >> 5));
    group_[3] =
        static_cast<std::uint16_t>((second.type & 31u) << 11 | (second.start & 63u) << 5 | (second.length & 31u));
    return;
  }
  if (turn % 2 == 0) {
    // Decoder information, bit 0 in the last of four groups: stereo.
    const unsigned decoder = ps_ == 3 && station_.stereo ? 1u << 2 : 0u;
    const unsigned music = station_.music ? 1u << 3 : 0u;
    constexpr std::uint16_t kNoAlternatives = 0xE0CD;  // 0 alternative frequencies, and a filler
    group_ = {station_.pi, block_b(0, music | decoder | static_cast<unsigned>(ps_)), kNoAlternatives,
              pair(station_.ps, 2 * ps_)};
    ps_ = (ps_ + 1) % 4;
  } else {
    group_ = {station_.pi, block_b(2, (text_flag_ ? 1u << 4 : 0u) | static_cast<unsigned>(rt_)),
              pair(station_.rt, 4 * rt_), pair(station_.rt, 4 * rt_ + 2)};
    rt_ = (rt_ + 1) % 16;
  }
}

// Which block (0-3) a word is, if it has no error.
std::optional<std::size_t> RdsDecoder::place(std::uint32_t word) const noexcept {
  const auto found = std::ranges::find(kOffsets, syndrome(word));
  if (found == kOffsets.end()) return {};
  const auto n = static_cast<std::size_t>(found - kOffsets.begin());
  return n == 4 ? 2 : n;
}

void RdsDecoder::push(bool bit) noexcept {
  register_ = (register_ << 1 | (bit ? 1u : 0u)) & kWord;
  if (!synchronised_) return look_for_step();
  if (++bits_ == kRdsBlockBits) take_block();
}

// In noise one word in 205 looks like a block: only a second one, in its place behind the first, is believed.
void RdsDecoder::look_for_step() noexcept {
  ++since_;
  const auto now = place(register_);
  if (!now) return;
  const std::size_t blocks = since_ / kRdsBlockBits;
  if (has_candidate_ && since_ % kRdsBlockBits == 0 && blocks <= 6 && (candidate_ + blocks) % kRdsBlocks == *now) {
    synchronised_ = true;
    ++counts_.syncs;
    bits_ = 0;
    expected_ = (*now + 1) % kRdsBlocks;
    valid_ = {};
    recent_ = recent_bad_ = 0;
    has_candidate_ = false;
    return;
  }
  has_candidate_ = true;
  candidate_ = *now;
  since_ = 0;
}

void RdsDecoder::take_block() noexcept {
  bits_ = 0;
  ++counts_.blocks;
  const unsigned found = syndrome(register_);
  const unsigned offset = expected_ == 2 && found == kOffsets[4] ? kOffsets[4] : kOffsets[expected_];
  std::uint32_t word = register_;
  bool good = found == offset;
  if (good) {
    ++counts_.good;
  } else if (const std::uint32_t error = error_of(found ^ offset)) {
    word ^= error;
    good = true;
    ++counts_.corrected;
    ++recent_bad_;
  } else {
    ++recent_bad_;
  }
  group_[expected_] = static_cast<std::uint16_t>(word >> 10);
  valid_[expected_] = good;
  expected_ = (expected_ + 1) % kRdsBlocks;
  if (expected_ == 0) {
    take_group();
    valid_ = {};
  }
  if (++recent_ < kWindow) return;
  if (recent_bad_ > kMostBad) synchronised_ = false;
  recent_ = recent_bad_ = 0;
}

void RdsDecoder::take_group() noexcept {
  if (valid_[0]) update(station_.pi, group_[0]);
  if (!valid_[1]) return;
  ++counts_.groups;
  const unsigned type = group_[1] >> 12, version = group_[1] >> 11 & 1, low = group_[1] & 31;
  update(station_.pty, static_cast<std::uint8_t>(group_[1] >> 5 & 31));
  update(station_.traffic, (group_[1] >> 10 & 1) != 0);
  const auto put = [&](char& to, unsigned byte) { update(to, letter(byte)); };
  if (type == 0) {
    update(station_.music, (low & 8) != 0);
    const std::size_t at = 2 * (low & 3);
    if ((low & 3) == 3) update(station_.stereo, (low & 4) != 0);
    if (valid_[3]) {
      put(station_.ps[at], group_[3] >> 8u);
      put(station_.ps[at + 1], group_[3]);
    }
  } else if (type == 2 && version == 0) {
    const bool flag = (low & 16) != 0;
    if (text_seen_ && flag != text_flag_) station_.rt.fill(' ');  // a new text begins
    text_flag_ = flag;
    text_seen_ = true;
    const std::size_t at = 4 * (low & 15);
    for (std::size_t n = 0; n < 2; ++n)
      if (valid_[2 + n]) {
        put(station_.rt[at + 2 * n], group_[2 + n] >> 8u);
        put(station_.rt[at + 2 * n + 1], group_[2 + n]);
      }
  } else if (type == 3 && version == 0 && valid_[3] && group_[3] == kRtPlusAid) {
    rt_plus_group_ = low;
  } else if (rt_plus_group_ != 0 && (type << 1 | version) == rt_plus_group_ && valid_[2] && valid_[3]) {
    auto& [first, second] = station_.tags;
    first = {static_cast<std::uint8_t>((low & 7) << 3 | group_[2] >> 13),
             static_cast<std::uint8_t>(group_[2] >> 7 & 63), static_cast<std::uint8_t>(group_[2] >> 1 & 63)};
    second = {static_cast<std::uint8_t>((group_[2] & 1) << 5 | group_[3] >> 11),
              static_cast<std::uint8_t>(group_[3] >> 5 & 63), static_cast<std::uint8_t>(group_[3] & 31)};
  }
}

}  // namespace sluice::sdr
