#include "nodes/mp3/kernels/seek_points.h"

#include <algorithm>

namespace sluice::mp3 {

void SeekPoints::add(std::size_t bytes) {
  if (frames_ % step_ == 0) {
    if (count_ == kPoints) {
      for (std::size_t i = 0; 2 * i < kPoints; ++i) point_[i] = point_[2 * i];
      count_ = kPoints / 2;
      step_ *= 2;
    }
    if (frames_ % step_ == 0) point_[count_++] = bytes_;
  }
  ++frames_;
  bytes_ += bytes;
}

SeekTable SeekPoints::table(std::size_t head_bytes) const {
  SeekTable table{};
  const std::uint64_t total = bytes_ + head_bytes;
  if (count_ == 0) return table;
  for (std::uint64_t percent = 0; percent < table.size(); ++percent) {
    const std::uint64_t frame = (frames_ * percent + 50) / 100;
    const std::uint64_t before = point_[std::min<std::uint64_t>(count_ - 1, (frame + step_ / 2) / step_)] + head_bytes;
    table[percent] = static_cast<std::uint8_t>(std::min<std::uint64_t>(255, 256 * before / total));
  }
  return table;
}

}  // namespace sluice::mp3
