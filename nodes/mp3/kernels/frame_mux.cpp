#include "nodes/mp3/kernels/frame_mux.h"

#include <algorithm>
#include <cassert>

namespace sluice::mp3 {

FrameMux::FrameMux() : bytes_(kMaxBytes) {
  pending_.reserve(kMaxFrames);
}

void FrameMux::discard_popped() {
  std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(popped_bytes_),
            bytes_.begin() + static_cast<std::ptrdiff_t>(used_), bytes_.begin());
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(popped_));
  used_ -= popped_bytes_;
  popped_ = 0;
  popped_bytes_ = 0;
}

void FrameMux::push(std::span<const std::uint8_t> head, int slot_bytes, int main_data_begin,
                    std::span<const std::uint8_t> main_data) {
  discard_popped();
  assert(main_data_begin <= open_bytes_);
  fill_zeros(open_bytes_ - main_data_begin);
  const int size = static_cast<int>(head.size()) + slot_bytes;
  assert(used_ + static_cast<std::size_t>(size) <= kMaxBytes && pending_.size() < kMaxFrames);
  std::copy(head.begin(), head.end(), bytes_.begin() + static_cast<std::ptrdiff_t>(used_));
  pending_.push_back({size, static_cast<int>(head.size()), 0, main_data_begin == 0});
  used_ += static_cast<std::size_t>(size);
  open_bytes_ += slot_bytes;
  write(main_data.data(), static_cast<int>(main_data.size()));
}

void FrameMux::write(const std::uint8_t* data, int count) {
  assert(count <= open_bytes_);
  open_bytes_ -= count;
  std::size_t start = 0;
  for (Pending& frame : pending_) {
    const int slot = frame.size - frame.head;
    const int part = std::min(count, slot - frame.filled);
    std::uint8_t* const to = bytes_.data() + start + frame.head + frame.filled;
    if (data != nullptr) {
      std::copy(data, data + part, to);
      data += part;
    } else {
      std::fill(to, to + part, std::uint8_t{0});
    }
    frame.filled += part;
    count -= part;
    start += static_cast<std::size_t>(frame.size);
  }
}

bool FrameMux::pop(MuxedFrame& frame) {
  if (popped_ == pending_.size()) return false;
  const Pending& next = pending_[popped_];
  if (next.filled < next.size - next.head) return false;
  frame.bytes = std::span(bytes_).subspan(popped_bytes_, static_cast<std::size_t>(next.size));
  frame.independent = next.independent;
  ++popped_;
  popped_bytes_ += static_cast<std::size_t>(next.size);
  return true;
}

}  // namespace sluice::mp3
