// Where in a stream of frames of any size each percent of its time begins, for the seek table of the Info tag: a few
// hundred points however long the stream grows.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace sluice::mp3 {

// Entry p: 256ths of the file's bytes before p percent of its time.
using SeekTable = std::array<std::uint8_t, 100>;

// Not thread-safe; real-time safe.
class SeekPoints {
 public:
  // The stream's next frame.
  void add(std::size_t bytes);
  // For a file in which `head_bytes` (the tag frame) stand before the first frame. Within half a frame, or a four
  // hundredth of the time, whichever is more.
  SeekTable table(std::size_t head_bytes) const;

 private:
  static constexpr std::size_t kPoints = 800;  // more than that, and every second one is dropped

  std::array<std::uint64_t, kPoints> point_{};  // bytes before frame step_ * i
  std::size_t count_ = 0;
  std::uint64_t step_ = 1;  // frames between points
  std::uint64_t frames_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace sluice::mp3
