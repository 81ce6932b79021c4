// Finds what a file of MP3 frames is made of: frames, tags around and between them, and what is neither. Takes any
// bytes; sees them in order, once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "nodes/mp3/kernels/frame_header.h"

namespace sluice::mp3scope {

using Bytes = std::span<const std::uint8_t>;

enum class PieceKind { kFrame, kTruncatedFrame, kId3v2, kId3v1, kApe, kLyrics3, kJunk };

struct Piece {
  PieceKind kind = PieceKind::kJunk;
  std::size_t offset = 0;
  std::size_t size = 0;
  mp3::FrameHeader header{};  // of a frame
};

// A frame is taken where the one before it ended, or where its header and the one behind it agree. Free format: the
// size is the distance of the first two headers that agree.
class Scanner {
 public:
  explicit Scanner(Bytes file);

  // The next piece; empty at the end. The pieces cover the file without a hole.
  std::optional<Piece> next();

 private:
  std::optional<Piece> tag_at(std::size_t at) const;
  std::optional<Piece> frame_at(std::size_t at);
  std::size_t frame_size(std::size_t at, const mp3::FrameHeader& header) const;
  std::size_t free_frame_size(std::size_t at, const mp3::FrameHeader& header) const;
  bool confirmed(std::size_t end, const mp3::FrameHeader& header) const;
  Piece junk_from(std::size_t at);
  void find_trailing_tags();

  Bytes file_;
  std::size_t at_ = 0;
  std::size_t end_;             // where the tags at the end of the file begin
  std::deque<Piece> trailing_;  // those tags
  bool in_sync_ = false;        // the last piece was a frame
  mp3::FrameHeader stream_{};   // header of the last frame
  std::size_t free_bytes_ = 0;  // size of this stream's free-format frames, without padding; 0: not free format
};

}  // namespace sluice::mp3scope
