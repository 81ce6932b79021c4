// Main data of the frames so far as one run of bytes, and where in the file each came from.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace sluice::mp3scope {

class ReservoirView {
 public:
  // Appends a frame's own main data bytes, which stand at `offset` in the file.
  void append(std::span<const std::uint8_t> slot, std::size_t offset);
  // Earlier bytes are not there: the stream begins here, or was broken.
  void forget();

  // Bytes before the slot appended last that can be reached; at most 511.
  int back_bytes() const { return static_cast<int>(slot_); }
  // From `back` bytes before the slot appended last to its end.
  std::span<const std::uint8_t> from(int back) const {
    return std::span(bytes_).subspan(slot_ - static_cast<std::size_t>(back));
  }
  // Position of the slot appended last in all main data since the last forget().
  std::int64_t slot_position() const { return slot_position_; }
  // Where byte `at` of from(back) stands in the file.
  std::size_t file_offset(int back, std::size_t at) const;

 private:
  struct Chunk {
    std::int64_t position;
    std::size_t offset, size;
  };
  static constexpr std::size_t kMaxBack = 511;

  std::vector<std::uint8_t> bytes_;  // what can be reached, and the last slot
  std::size_t slot_ = 0;             // where in bytes_ the last slot begins
  std::int64_t slot_position_ = 0;
  std::int64_t end_position_ = 0;
  std::deque<Chunk> chunks_;
};

}  // namespace sluice::mp3scope
