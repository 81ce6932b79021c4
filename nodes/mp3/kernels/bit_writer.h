// Bits, most significant first, into a byte buffer that the caller owns.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::mp3 {

class BitWriter {
 public:
  // Writes from the start of `bytes`, whose size bounds what can be written.
  explicit BitWriter(std::span<std::uint8_t> bytes) : bytes_(bytes) {}

  // The `count` low bits of `value`; count 0..32.
  void put(std::uint32_t value, int count) {
    held_ = held_ << count | (value & ((std::uint64_t{1} << count) - 1));
    held_bits_ += count;
    while (held_bits_ >= 8) {
      held_bits_ -= 8;
      assert(size_ < bytes_.size());
      bytes_[size_++] = static_cast<std::uint8_t>(held_ >> held_bits_);
    }
  }
  std::size_t bits() const { return 8 * size_ + static_cast<std::size_t>(held_bits_); }
  // Whole bytes written; the last bits are missing until they fill a byte.
  std::size_t bytes() const { return size_; }

 private:
  std::span<std::uint8_t> bytes_;
  std::size_t size_ = 0;
  std::uint64_t held_ = 0;
  int held_bits_ = 0;
};

}  // namespace sluice::mp3
