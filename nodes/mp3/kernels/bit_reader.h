// Bits, most significant first, out of bytes that the caller owns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace sluice::mp3 {

// Behind the end stand zeros. A value.
class BitReader {
 public:
  static constexpr int kMaxBits = 32;  // of one get() or peek()

  explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  // The next `count` bits, which stay; count 0..kMaxBits.
  std::uint32_t peek(int count) const {
    std::uint64_t word = 0;
    for (std::size_t i = 0, from = at_ >> 3; i < 5; ++i)
      word = word << 8 | (from + i < bytes_.size() ? bytes_[from + i] : 0u);
    const std::uint64_t mask = (std::uint64_t{1} << count) - 1;
    return static_cast<std::uint32_t>(word >> (40 - static_cast<int>(at_ & 7) - count) & mask);
  }
  std::uint32_t get(int count) {
    const std::uint32_t value = peek(count);
    skip(static_cast<std::size_t>(count));
    return value;
  }
  void skip(std::size_t bits) { at_ += bits; }
  void move_to(std::size_t bit) { at_ = bit; }

  std::size_t at() const { return at_; }                       // bits read
  bool passed_end() const { return at_ > 8 * bytes_.size(); }  // some of them were not there

 private:
  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

}  // namespace sluice::mp3
