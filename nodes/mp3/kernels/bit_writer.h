// Bits, most significant first, into a byte buffer that the caller owns.
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::mp3 {

// Without branches: every put() stores a whole word and moves on by the bytes that it filled. A value: inner loops keep
// a copy in registers and assign it back. put() is always inlined, so that simd/ can use it: see lanes.h.
class BitWriter {
 public:
  static constexpr int kMaxBits = 56;       // of one put()
  static constexpr std::size_t kSlack = 8;  // bytes that are touched behind the last one written

  // Writes from the start of `bytes`, which has room for what is to be written and kSlack behind it.
  explicit BitWriter(std::span<std::uint8_t> bytes) : next_(bytes.data()), begin_(next_), end_(next_ + bytes.size()) {}

  // The `count` bits of `value`, which has no others; count 0..kMaxBits.
  [[gnu::always_inline]] void put(std::uint64_t value, int count) {
    assert(count <= kMaxBits && value >> count == 0);
    assert(next_ + kSlack <= end_);
    held_ = held_ << count | value;
    held_bits_ += count;
    std::uint64_t word = held_ << 1 << (63 - held_bits_);
    if constexpr (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
    __builtin_memcpy(next_, &word, sizeof word);
    next_ += held_bits_ >> 3;
    held_bits_ &= 7;
  }
  // Whole bytes written.
  std::size_t bytes() const { return static_cast<std::size_t>(next_ - begin_); }

 private:
  std::uint8_t* next_;
  std::uint8_t* begin_;
  std::uint8_t* end_;
  std::uint64_t held_ = 0;  // its lowest held_bits_ bits belong to the byte at next_
  int held_bits_ = 0;       // fewer than 8 between calls
};

}  // namespace sluice::mp3
