// Application data units: MP3 frames whose main data stand by themselves, for transports that lose packets. RFC 5219,
// sections 3 and 4, appendix A. An ADU is the frame's head (header, CRC word, side information) as it was, with the
// frame's own main data behind it, wherever in the stream they lay; a lost one costs one frame, not the next ones too.
// Ancillary bits between the main data of two frames are not carried: they come back as zeros. An ADU descriptor (RFC
// 5219, 4.3), which tells its size, is the transport's matter.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "nodes/mp3/kernels/frame_mux.h"
#include "nodes/mp3/kernels/side_info.h"

namespace sluice::mp3 {

// The largest one: head and main data of two granules and two channels, 4095 bits each.
inline constexpr int kMaxAduBytes = kMaxHeadBytes + (4 * kMaxPart23Bits + 7) / 8;

// Frames to ADUs. Not thread-safe; real-time safe after construction. No delay: a frame's main data end within it.
class AduPacker {
 public:
  AduPacker();

  // The ADU of `frame`, which is one whole frame of a known bitrate (no free format); valid until the next call.
  // Empty when it is no such frame, or reaches back to main data that were never seen.
  std::span<const std::uint8_t> pack(std::span<const std::uint8_t> frame);
  // Frames were lost before the next one.
  void forget() { held_ = 0; }

 private:
  static constexpr std::size_t kMaxBack = 511;  // main_data_begin has 9 bits

  std::vector<std::uint8_t> main_;  // held_ bytes of main data that were not yet too old to be reached, and the frame's
  std::size_t held_ = 0;
  std::vector<std::uint8_t> adu_;
};

// What a frame that comes out of AduUnpacker is.
struct UnpackedFrame {
  std::span<const std::uint8_t> bytes;  // valid until the next call
  bool independent;                     // its main data begin in itself
  std::uint64_t adu;                    // counts the ADUs that push() took, from 0: the one that brought this frame
  int frames_before;                    // 0: the ADU's own frame; else a silent one, so many frames before it
};

// ADUs back to frames, with silent frames for those that were lost: the stream stays decodable and keeps its time. Not
// thread-safe; real-time safe after construction. Delay: a frame leaves when later ones have filled what the reservoir
// left open of it.
class AduUnpacker {
 public:
  // Takes only ADUs of this rate and number of channels; 0: as the first one has it.
  explicit AduUnpacker(int rate_hz = 0, int channels = 0);

  // Takes the next ADU, of which `missing` frames before it were lost. False when it is none (damaged): nothing is
  // taken. Call pop() until it returns false before the next push().
  bool push(std::span<const std::uint8_t> adu, int missing);
  bool pop(UnpackedFrame& frame);
  // The end of the stream: what is held comes out of pop().
  void flush() { mux_.flush(); }

 private:
  struct Origin {
    std::uint64_t adu;
    int frames_before;
  };
  static constexpr std::size_t kMaxOrigins = 512;  // more than the multiplexer holds

  bool belongs(const FrameHeader& header) const;
  bool advance();
  void push_silent_frame();
  void push_waiting();
  void note(int frames_before);

  FrameMux mux_;
  int rate_hz_;
  int channels_;
  bool waiting_ = false;  // an ADU waits behind the silent frames before it
  std::vector<std::uint8_t> adu_;
  std::size_t adu_bytes_ = 0;
  FrameHeader header_;  // of that ADU
  int begin_ = 0;       // its main_data_begin
  int missing_ = 0;     // silent frames that it still needs before it
  std::uint64_t pushed_ = 0;
  std::array<Origin, kMaxOrigins> origin_{};  // of the frames in the multiplexer, a ring
  std::size_t noted_ = 0;
  std::size_t popped_ = 0;
};

}  // namespace sluice::mp3
