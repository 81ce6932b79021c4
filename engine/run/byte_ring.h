// A ring of messages of any length between one writer and one reader. Lock-free: what does not fit is refused.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstring>
#include <initializer_list>
#include <span>
#include <vector>

namespace sluice {

class ByteRing {
 public:
  explicit ByteRing(std::size_t capacity) : bytes_(std::bit_ceil(capacity)) {}
  std::size_t capacity() const noexcept { return bytes_.size(); }

  // Writer. Room for a message of `size` bytes; only grows until the next write. Realtime-safe.
  bool has_room(std::size_t size) const noexcept {
    return bytes_.size() - (head_.load(std::memory_order_relaxed) - tail_.load(std::memory_order_acquire)) >=
           size + sizeof(std::size_t);
  }
  // Writer; has_room() for all parts together. The parts become one message once end() is called. Realtime-safe.
  void begin(std::size_t size) noexcept {
    writing_ = head_.load(std::memory_order_relaxed);
    append(std::as_bytes(std::span(&size, 1)));
  }
  void append(std::span<const std::byte> part) noexcept {
    copy_in(writing_, part);
    writing_ += part.size();
  }
  void end() noexcept { head_.store(writing_, std::memory_order_release); }

  // Reader. Takes the oldest message; false when there is none.
  bool take(std::vector<std::byte>& message) {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    if (head_.load(std::memory_order_acquire) == tail) return false;
    std::size_t size = 0;
    copy_out(tail, std::as_writable_bytes(std::span(&size, 1)));
    message.resize(size);
    copy_out(tail + sizeof size, message);
    tail_.store(tail + sizeof size + size, std::memory_order_release);
    tail_.notify_one();
    return true;
  }

  // Writer. Waits until the reader has taken a message, unless there is room for `size`. Not realtime-safe.
  void wait_for_room(std::size_t size) const noexcept {
    for (std::size_t tail = tail_.load(std::memory_order_acquire); !has_room(size);
         tail = tail_.load(std::memory_order_acquire))
      tail_.wait(tail, std::memory_order_acquire);
  }

 private:
  void copy_in(std::size_t at, std::span<const std::byte> from) noexcept {
    const std::size_t begin = at & (bytes_.size() - 1), first = std::min(from.size(), bytes_.size() - begin);
    std::ranges::copy(from.first(first), bytes_.begin() + static_cast<std::ptrdiff_t>(begin));
    std::ranges::copy(from.subspan(first), bytes_.begin());
  }
  void copy_out(std::size_t at, std::span<std::byte> to) const noexcept {
    const std::span<const std::byte> all(bytes_);
    const std::size_t begin = at & (bytes_.size() - 1), first = std::min(to.size(), bytes_.size() - begin);
    std::ranges::copy(all.subspan(begin, first), to.begin());
    std::ranges::copy(all.first(to.size() - first), to.begin() + static_cast<std::ptrdiff_t>(first));
  }

  std::vector<std::byte> bytes_;
  std::size_t writing_ = 0;                       // of the writer
  alignas(64) std::atomic<std::size_t> head_{0};  // ever-growing; what is written
  alignas(64) std::atomic<std::size_t> tail_{0};  // what is read
};

}  // namespace sluice
