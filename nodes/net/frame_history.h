// The last seconds of a stream: one ring of bytes shared by all listeners, and an index of its frames.
// A reader is nothing but an offset into the stream. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/core/clock.h"
#include "nodes/net/frame.h"
#include "nodes/net/kernels/mp3_frame.h"

namespace sluice::net {

/// Counts bytes from the beginning of the stream.
using StreamOffset = std::uint64_t;

/// Where a reader that knows nothing of the stream begins.
struct EntryPoint {
  StreamOffset history;  // frames in [history, play) are sent silenced, for their main data only
  StreamOffset play;     // the first frame that decodes
};

class FrameHistory {
 public:
  static constexpr std::size_t kDefaultBytes = std::size_t{1} << 20;  // 26 s at 320 kbit/s
  static constexpr std::size_t kDefaultFrames = std::size_t{1} << 12;

  /// Both capacities are rounded up to a power of two; `byte_capacity` holds at least two frames.
  explicit FrameHistory(std::size_t byte_capacity = kDefaultBytes, std::size_t frame_capacity = kDefaultFrames);

  /// Appends a frame and forgets the oldest ones as needed. Frames over kMaxFrameBytes and empty ones are ignored.
  void push(const FrameView& frame);

  StreamOffset tail() const { return frame_count() ? frame(first_).offset : head_; }  // oldest byte kept
  StreamOffset head() const { return head_; }                                         // one past the newest byte

  /// The bytes [from, to), in at most two pieces. tail() <= from <= to <= head().
  std::array<std::span<const std::uint8_t>, 2> bytes(StreamOffset from, StreamOffset to) const;

  /// A place to join at, such that no frame from `play` on needs anything older than `history`, and such that the
  /// stream from `history` on lasts `burst`, or as near to it as decoding and the history allow.
  /// Nothing while no kept frame can be decoded.
  std::optional<EntryPoint> entry_point(Duration burst) const;

  /// Appends the frames of [entry.history, entry.play) to `out`, silenced (see make_reservoir_carrier).
  void append_carriers(const EntryPoint& entry, std::vector<std::uint8_t>& out) const;

  /// Offset of the first frame that begins at or after `offset`; head() when there is none.
  StreamOffset frame_boundary(StreamOffset offset) const;

  /// One past the last byte of the frame that begins at `offset`. tail() <= offset < head().
  StreamOffset frame_end(StreamOffset offset) const;
  Time capture_time(StreamOffset offset) const;

  /// How much of the stream lies between `offset` and head(). Older offsets than tail() count as tail().
  Duration age(StreamOffset offset) const;

  /// The newest MP3 frame's header; nothing when there was none.
  const std::optional<Mp3Frame>& mp3() const { return mp3_; }

 private:
  struct Frame {
    StreamOffset offset = 0;
    Duration start{};  // stream time
    Time capture_time{};
    std::uint32_t main_data_bytes = 0;  // added to the reservoir
    std::uint32_t main_data_begin = 0;  // needed from it
    bool decodable = true;              // false: a packet of no known kind that is not independent
    bool gap_before = false;
  };

  const Frame& frame(std::uint64_t index) const { return frames_[index & frame_mask_]; }
  std::uint64_t frame_count() const { return next_ - first_; }
  std::uint64_t index_at(StreamOffset offset) const;  // first frame with frame.offset >= offset
  void append_bytes(std::span<const std::uint8_t> bytes);
  std::optional<EntryPoint> entry_from(std::uint64_t index) const;
  std::optional<EntryPoint> entry_to(std::uint64_t index) const;

  std::vector<std::uint8_t> ring_;
  std::uint64_t byte_mask_;
  std::vector<Frame> frames_;
  std::uint64_t frame_mask_;
  std::uint64_t first_ = 0, next_ = 0;  // frame indices kept: [first_, next_)
  StreamOffset head_ = 0;
  Duration end_{};  // stream time of head_
  Time last_capture_{};
  std::optional<Mp3Frame> mp3_;
};

}  // namespace sluice::net
