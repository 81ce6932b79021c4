// A ring of preallocated slots between one producer and one consumer thread: what a device's callback may touch.
// Lock-free and wait-free; nothing is allocated after construction.
#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

namespace sluice::io {

template <typename Slot>
class SlotRing {
 public:
  // All slots are copies of `prototype`; `capacity` of them can wait at a time.
  SlotRing(std::size_t capacity, const Slot& prototype) : slots_(capacity, prototype) {}

  std::size_t capacity() const noexcept { return slots_.size(); }
  // Slots published and not yet popped. Exact on either thread's own side, a snapshot otherwise.
  std::size_t waiting() const noexcept {
    return written_.load(std::memory_order_acquire) - read_.load(std::memory_order_acquire);
  }

  // Producer: the slot to fill, or null when the ring is full; publish() hands it over.
  Slot* fillable() noexcept {
    const std::size_t written = written_.load(std::memory_order_relaxed);
    return written - read_.load(std::memory_order_acquire) == slots_.size() ? nullptr
                                                                            : &slots_[written % slots_.size()];
  }
  void publish() noexcept { written_.fetch_add(1, std::memory_order_release); }

  // Consumer: the oldest slot, or null when the ring is empty; pop() gives it back.
  Slot* front() noexcept {
    const std::size_t read = read_.load(std::memory_order_relaxed);
    return written_.load(std::memory_order_acquire) == read ? nullptr : &slots_[read % slots_.size()];
  }
  void pop() noexcept { read_.fetch_add(1, std::memory_order_release); }

 private:
  std::vector<Slot> slots_;
  alignas(64) std::atomic<std::size_t> written_{0};
  alignas(64) std::atomic<std::size_t> read_{0};
};

}  // namespace sluice::io
