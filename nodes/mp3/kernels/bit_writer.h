// Bits, most significant first, into a byte buffer that the caller owns.
#pragma once

#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace sluice::mp3 {

// A value: inner loops keep a copy in registers and assign it back.
class BitWriter {
 public:
  // Writes from the start of `bytes`, whose size bounds what can be written.
  explicit BitWriter(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

  // The `count` bits of `value`, which has no others; count 0..32.
  void put(std::uint32_t value, int count) {
    assert(count == 32 || value >> count == 0);
    held_ = held_ << count | value;
    held_bits_ += count;
    if (held_bits_ < 32) return;
    held_bits_ -= 32;
    write_word(static_cast<std::uint32_t>(held_ >> held_bits_));
  }
  // Writes the whole bytes that are still held, and returns the number of all bytes. The bits are a multiple of 8.
  std::size_t finish() {
    assert(held_bits_ % 8 == 0);
    for (; held_bits_ > 0; held_bits_ -= 8) {
      assert(size_ < bytes_.size());
      bytes_[size_++] = static_cast<std::uint8_t>(held_ >> (held_bits_ - 8));
    }
    return size_;
  }

 private:
  void write_word(std::uint32_t word) {
    assert(size_ + sizeof word <= bytes_.size());
    if constexpr (std::endian::native == std::endian::little) word = std::byteswap(word);
    std::memcpy(bytes_.data() + size_, &word, sizeof word);
    size_ += sizeof word;
  }

  std::span<std::uint8_t> bytes_;
  std::size_t size_ = 0;
  std::uint64_t held_ = 0;  // the lowest held_bits_ are still to be written
  int held_bits_ = 0;       // fewer than 32 between calls
};

}  // namespace sluice::mp3
