#include "nodes/net/frame_history.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sluice::net {

FrameHistory::FrameHistory(std::size_t byte_capacity, std::size_t frame_capacity)
    : ring_(std::bit_ceil(std::max(byte_capacity, 2 * kMaxFrameBytes))),
      byte_mask_(ring_.size() - 1),
      frames_(std::bit_ceil(std::max<std::size_t>(frame_capacity, 2))),
      frame_mask_(frames_.size() - 1) {}

void FrameHistory::push(const FrameView& view) {
  if (view.bytes.empty() || view.bytes.size() > kMaxFrameBytes) return;
  const auto mp3 = parse_mp3_frame(view.bytes);
  Frame added{.offset = head_, .start = end_, .capture_time = view.capture_time, .gap_before = view.discontinuity};
  if (mp3) {
    added.main_data_bytes = static_cast<std::uint32_t>(mp3->main_data_bytes);
    added.main_data_begin = static_cast<std::uint32_t>(mp3->main_data_begin);
    mp3_ = mp3;
  } else {
    added.decodable = view.independent;
  }
  while (frame_count() == frames_.size() || (frame_count() && head_ + view.bytes.size() - tail() > ring_.size()))
    ++first_;
  append_bytes(view.bytes);
  frames_[next_++ & frame_mask_] = added;
  // A packet of another kind lasts as long as the time since the one before it; a second bounds a jump of the clock.
  const auto since_last =
      std::clamp<Duration>(view.capture_time - last_capture_, Duration::zero(), std::chrono::seconds(1));
  end_ += mp3 ? Duration(mp3->duration_ns()) : since_last;
  last_capture_ = view.capture_time;
}

void FrameHistory::append_bytes(std::span<const std::uint8_t> bytes) {
  const std::size_t at = head_ & byte_mask_, until_wrap = std::min(bytes.size(), ring_.size() - at);
  std::memcpy(ring_.data() + at, bytes.data(), until_wrap);
  std::memcpy(ring_.data(), bytes.data() + until_wrap, bytes.size() - until_wrap);
  head_ += bytes.size();
}

std::array<std::span<const std::uint8_t>, 2> FrameHistory::bytes(StreamOffset from, StreamOffset to) const {
  const std::size_t at = from & byte_mask_, size = to - from, until_wrap = std::min(size, ring_.size() - at);
  return {std::span{ring_}.subspan(at, until_wrap), std::span{ring_}.first(size - until_wrap)};
}

std::uint64_t FrameHistory::index_at(StreamOffset offset) const {
  std::uint64_t low = first_, high = next_;
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (frame(middle).offset < offset) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// The first decodable frame from `index` on, given the main data of the frames from `index` on.
std::optional<EntryPoint> FrameHistory::entry_from(std::uint64_t index) const {
  std::uint64_t history = index;
  std::size_t reservoir = 0;
  for (std::uint64_t i = index; i < next_; ++i) {
    if (frame(i).gap_before) {
      history = i;
      reservoir = 0;
    }
    if (frame(i).decodable && frame(i).main_data_begin <= reservoir) {
      const bool needs_history = frame(i).main_data_begin > 0;
      return EntryPoint{frame(needs_history ? history : i).offset, frame(i).offset};
    }
    reservoir += frame(i).main_data_bytes;
  }
  return {};
}

// The shortest run of frames that makes frame `index` decodable.
std::optional<EntryPoint> FrameHistory::entry_to(std::uint64_t index) const {
  const Frame& target = frame(index);
  if (!target.decodable) return {};
  std::size_t reservoir = 0;
  std::uint64_t history = index;
  while (reservoir < target.main_data_begin) {
    if (history == first_ || frame(history).gap_before) return {};
    reservoir += frame(--history).main_data_bytes;
  }
  return EntryPoint{frame(history).offset, target.offset};
}

std::optional<EntryPoint> FrameHistory::entry_point(Duration burst) const {
  std::uint64_t index = next_;
  while (index > first_ && end_ - frame(index - 1).start <= burst) --index;
  if (auto entry = entry_from(index)) return entry;
  for (index = next_; index > first_; --index) {
    if (auto entry = entry_to(index - 1)) return entry;
  }
  return {};
}

void FrameHistory::append_carriers(const EntryPoint& entry, std::vector<std::uint8_t>& out) const {
  std::size_t reservoir = 0;
  for (StreamOffset at = entry.history; at < entry.play; at = frame_end(at)) {
    const std::size_t begin = out.size();
    for (const auto piece : bytes(at, frame_end(at))) out.insert(out.end(), piece.begin(), piece.end());
    make_reservoir_carrier(std::span{out}.subspan(begin), reservoir);
    reservoir += frame(index_at(at)).main_data_bytes;
  }
}

StreamOffset FrameHistory::frame_boundary(StreamOffset offset) const {
  const std::uint64_t index = index_at(offset);
  return index == next_ ? head_ : frame(index).offset;
}

StreamOffset FrameHistory::frame_end(StreamOffset offset) const {
  const std::uint64_t index = index_at(offset) + 1;
  return index >= next_ ? head_ : frame(index).offset;
}

Time FrameHistory::capture_time(StreamOffset offset) const {
  return frame(index_at(offset)).capture_time;
}

Duration FrameHistory::age(StreamOffset offset) const {
  const std::uint64_t index = index_at(offset);
  return index == next_ ? Duration::zero() : end_ - frame(index).start;
}

}  // namespace sluice::net
