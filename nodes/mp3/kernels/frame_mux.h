// Lays frames out in the stream: heads stand at fixed places, main data flows through the slots between them, and a
// frame's main data may begin in slots that earlier frames left open (main_data_begin). ISO/IEC 11172-3 2.4.2.7, Fig.
// A.7.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "nodes/mp3/kernels/bitstream.h"

namespace sluice::mp3 {

// A frame of the stream, complete.
struct MuxedFrame {
  std::span<const std::uint8_t> bytes;  // valid until the next call
  bool independent;                     // its main data begin in itself: decoding can start here
};

// Not thread-safe; real-time safe after construction.
class FrameMux {
 public:
  FrameMux();

  // Appends a frame: its head, the slot bytes behind it and its main data, which begins `main_data_begin` bytes back in
  // the slots still open. Older open bytes are filled with zeros. Call pop() until empty before the next push().
  void push(std::span<const std::uint8_t> head, int slot_bytes, int main_data_begin,
            std::span<const std::uint8_t> main_data);
  // The next frame whose slot is full; false when there is none.
  bool pop(MuxedFrame& frame);
  // Fills all open slots with zeros.
  void flush() { fill_zeros(open_bytes_); }

  int open_bytes() const { return open_bytes_; }

 private:
  // A reservoir of 255 bytes over slots of one byte, the smallest of the standard (8 kbit/s stereo at 24 kHz with CRC).
  static constexpr std::size_t kMaxFrames = 260;
  static constexpr std::size_t kMaxBytes = 16384;

  struct Pending {
    int size;    // bytes of the frame
    int head;    // bytes of its head
    int filled;  // bytes of its slot
    bool independent;
  };

  void write(const std::uint8_t* data, int count);
  void fill_zeros(int count) { write(nullptr, count); }
  void discard_popped();

  std::vector<std::uint8_t> bytes_;  // of all pending frames
  std::vector<Pending> pending_;
  std::size_t used_ = 0;    // bytes
  std::size_t popped_ = 0;  // frames handed out since the last push
  std::size_t popped_bytes_ = 0;
  int open_bytes_ = 0;
};

}  // namespace sluice::mp3
