#include "tools/mp3scope/walk/reservoir_view.h"

#include <algorithm>

namespace sluice::mp3scope {

void ReservoirView::append(std::span<const std::uint8_t> slot, std::size_t offset) {
  if (bytes_.size() > kMaxBack) bytes_.erase(bytes_.begin(), bytes_.end() - kMaxBack);
  slot_ = bytes_.size();
  bytes_.insert(bytes_.end(), slot.begin(), slot.end());
  slot_position_ = end_position_;
  end_position_ += static_cast<std::int64_t>(slot.size());
  chunks_.push_back({.position = slot_position_, .offset = offset, .size = slot.size()});
  const std::int64_t oldest = slot_position_ - static_cast<std::int64_t>(slot_);
  while (chunks_.front().position + static_cast<std::int64_t>(chunks_.front().size) <= oldest && chunks_.size() > 1)
    chunks_.pop_front();
}

void ReservoirView::forget() {
  bytes_.clear();
  chunks_.clear();
  slot_ = 0;
  slot_position_ = end_position_ = 0;
}

std::size_t ReservoirView::file_offset(int back, std::size_t at) const {
  const std::int64_t position = slot_position_ - back + static_cast<std::int64_t>(at);
  const auto chunk = std::ranges::find_if(
      chunks_, [position](const Chunk& c) { return position < c.position + static_cast<std::int64_t>(c.size); });
  if (chunk == chunks_.end()) return chunks_.empty() ? 0 : chunks_.back().offset + chunks_.back().size;
  return chunk->offset + static_cast<std::size_t>(std::max<std::int64_t>(0, position - chunk->position));
}

}  // namespace sluice::mp3scope
