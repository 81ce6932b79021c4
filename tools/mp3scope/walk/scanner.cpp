#include "tools/mp3scope/walk/scanner.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace sluice::mp3scope {
namespace {

using mp3::FrameHeader;

// 640 kbit/s at 16 kHz: more than any encoder writes.
constexpr std::size_t kMaxFreeFrameBytes = 5760;
constexpr std::size_t kId3v1Bytes = 128;
constexpr std::size_t kApeHeadBytes = 32;

bool has_text(Bytes file, std::size_t at, std::string_view text) {
  return at + text.size() <= file.size() && std::memcmp(file.data() + at, text.data(), text.size()) == 0;
}

std::size_t little_endian(Bytes file, std::size_t at) {
  return file[at] | file[at + 1] << 8 | file[at + 2] << 16 | static_cast<std::size_t>(file[at + 3]) << 24;
}

// ID3v2.4, 3.1: a size in four bytes of seven bits; 0 where there is no tag.
std::size_t id3v2_size(Bytes file, std::size_t at) {
  if (!has_text(file, at, "ID3") || file.size() - at < 10) return 0;
  const auto head = file.subspan(at, 10);
  if (head[3] == 0xff || head[4] == 0xff || ((head[6] | head[7] | head[8] | head[9]) & 0x80) != 0) return 0;
  const std::size_t body = static_cast<std::size_t>(head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]);
  return 10 + body + ((head[5] & 0x10) != 0 ? 10 : 0);
}

}  // namespace

Scanner::Scanner(Bytes file) : file_(file), end_(file.size()) {
  find_trailing_tags();
}

// From the end: ID3v1 last, before it Lyrics3 and APE in any order.
void Scanner::find_trailing_tags() {
  const auto take = [&](PieceKind kind, std::size_t size) {
    end_ -= size;
    trailing_.push_front({.kind = kind, .offset = end_, .size = size});
  };
  if (end_ >= kId3v1Bytes && has_text(file_, end_ - kId3v1Bytes, "TAG")) take(PieceKind::kId3v1, kId3v1Bytes);
  for (bool found = true; found;) {
    found = false;
    if (end_ >= kApeHeadBytes && has_text(file_, end_ - kApeHeadBytes, "APETAGEX")) {
      const bool head = (little_endian(file_, end_ - 12) & 0x80000000u) != 0;
      const std::size_t size = little_endian(file_, end_ - 20) + (head ? kApeHeadBytes : 0);
      if ((found = size >= kApeHeadBytes && size <= end_)) take(PieceKind::kApe, size);
    } else if (end_ >= 15 && has_text(file_, end_ - 9, "LYRICS200")) {
      std::size_t size = 15;  // the six digits of the size and the word itself
      bool digits = true;
      for (std::size_t i = 0, factor = 100000; i < 6; ++i, factor /= 10) {
        const unsigned digit = file_[end_ - 15 + i] - '0';
        digits = digits && digit <= 9;
        size += factor * digit;
      }
      if ((found = digits && size <= end_)) take(PieceKind::kLyrics3, size);
    }
  }
}

std::optional<Piece> Scanner::next() {
  if (at_ >= end_) {
    if (trailing_.empty()) return std::nullopt;
    const Piece tag = trailing_.front();
    trailing_.pop_front();
    return tag;
  }
  std::optional<Piece> piece = tag_at(at_);
  if (piece)
    in_sync_ = false;
  else if (!(piece = frame_at(at_)))
    piece = junk_from(at_);
  at_ = piece->offset + piece->size;
  return piece;
}

std::optional<Piece> Scanner::tag_at(std::size_t at) const {
  const std::size_t left = end_ - at;
  if (const std::size_t size = id3v2_size(file_, at); size > 0)
    return Piece{.kind = PieceKind::kId3v2, .offset = at, .size = std::min(size, left)};
  if (left >= kApeHeadBytes && has_text(file_, at, "APETAGEX"))
    return Piece{
        .kind = PieceKind::kApe, .offset = at, .size = std::min(left, kApeHeadBytes + little_endian(file_, at + 12))};
  // Between streams that were put together; anywhere else "TAG" is what it happens to be.
  if (left > kId3v1Bytes && has_text(file_, at, "TAG") &&
      (id3v2_size(file_, at + kId3v1Bytes) > 0 || FrameHeader::parse(file_.subspan(at + kId3v1Bytes))))
    return Piece{.kind = PieceKind::kId3v1, .offset = at, .size = kId3v1Bytes};
  return std::nullopt;
}

std::optional<Piece> Scanner::frame_at(std::size_t at) {
  const auto header = FrameHeader::parse(file_.subspan(at, end_ - at));
  if (!header) return std::nullopt;
  const std::size_t size = frame_size(at, *header);
  if (size < static_cast<std::size_t>(header->head_bytes())) return std::nullopt;
  const bool expected = in_sync_ && header->same_stream(stream_) && header->free_format() == stream_.free_format();
  if (size > end_ - at) {
    if (!expected) return std::nullopt;
    in_sync_ = false;
    return Piece{.kind = PieceKind::kTruncatedFrame, .offset = at, .size = end_ - at, .header = *header};
  }
  if (!expected && !confirmed(at + size, *header)) return std::nullopt;
  in_sync_ = true;
  stream_ = *header;
  free_bytes_ = header->free_format() ? size - (header->padding ? 1 : 0) : 0;
  return Piece{.kind = PieceKind::kFrame, .offset = at, .size = size, .header = *header};
}

// What follows a frame supports it: the next header, a tag, or the end.
bool Scanner::confirmed(std::size_t end, const FrameHeader& header) const {
  if (end == end_ || tag_at(end)) return true;
  const auto next = FrameHeader::parse(file_.subspan(end, end_ - end));
  return next && next->same_stream(header) && next->free_format() == header.free_format();
}

std::size_t Scanner::frame_size(std::size_t at, const FrameHeader& header) const {
  if (!header.free_format()) return static_cast<std::size_t>(header.frame_bytes());
  if (free_bytes_ > 0 && header.same_stream(stream_)) return free_bytes_ + (header.padding ? 1 : 0);
  return free_frame_size(at, header);
}

std::size_t Scanner::free_frame_size(std::size_t at, const FrameHeader& header) const {
  const std::size_t last = std::min(end_, at + kMaxFreeFrameBytes);
  for (std::size_t next = at + static_cast<std::size_t>(header.head_bytes()); next + mp3::kHeaderBytes <= last;
       ++next) {
    if (file_[next] != 0xff) continue;
    const auto second = FrameHeader::parse(file_.subspan(next, end_ - next));
    if (!second || !second->free_format() || !second->same_stream(header)) continue;
    const std::size_t size = next - at;
    const std::size_t unpadded = size - (header.padding ? 1 : 0);
    const std::size_t third = next + unpadded + (second->padding ? 1 : 0);
    if (third == end_) return size;
    if (third < end_ && confirmed(third, header)) return size;
  }
  return 0;
}

// Up to the next frame or tag.
Piece Scanner::junk_from(std::size_t at) {
  in_sync_ = false;
  free_bytes_ = 0;
  std::size_t to = at + 1;
  for (; to < end_; ++to) {
    if (file_[to] == 0xff) {
      const auto header = FrameHeader::parse(file_.subspan(to, end_ - to));
      if (!header) continue;
      const std::size_t size = frame_size(to, *header);
      if (size >= static_cast<std::size_t>(header->head_bytes()) && size < end_ - to && confirmed(to + size, *header))
        break;
    } else if ((file_[to] == 'I' || file_[to] == 'A') && tag_at(to)) {
      break;
    }
  }
  return {.kind = PieceKind::kJunk, .offset = at, .size = to - at};
}

}  // namespace sluice::mp3scope
