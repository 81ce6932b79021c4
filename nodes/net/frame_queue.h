// Wait-free queue from the real-time thread to a network thread: frames are copied into preallocated slots.
// One producer, one consumer.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <vector>

#include "engine/core/realtime.h"
#include "nodes/net/frame.h"

namespace sluice::net {

class FrameQueue {
 public:
  /// `slots` is rounded up to a power of two. Allocates slots * 4 KiB.
  explicit FrameQueue(std::size_t slots) : slots_(std::bit_ceil(slots)), mask_(slots_.size() - 1) {}

  /// Copies the frame in. False when the queue is full or the frame larger than kMaxFrameBytes: it is lost, and the
  /// next frame accepted is marked a discontinuity. Producer only. Realtime-safe: yes.
  bool push(const FrameView& frame) REALTIME {
    const std::size_t tail = tail_.load(std::memory_order_relaxed);
    const bool full = tail - head_.load(std::memory_order_acquire) == slots_.size();
    if (full || frame.bytes.size() > kMaxFrameBytes) {
      lost_before_ = true;
      return false;
    }
    Slot& slot = slots_[tail & mask_];
    slot.size = frame.bytes.size();
    slot.capture_time = frame.capture_time;
    slot.independent = frame.independent;
    slot.discontinuity = frame.discontinuity || lost_before_;
    if (slot.size > 0) std::memcpy(slot.bytes.data(), frame.bytes.data(), slot.size);
    lost_before_ = false;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  bool empty() const { return head_.load(std::memory_order_relaxed) == tail_.load(std::memory_order_acquire); }

  /// The oldest frame, valid until pop(). Only when not empty. Consumer only.
  FrameView front() const {
    const Slot& slot = slots_[head_.load(std::memory_order_relaxed) & mask_];
    return {{slot.bytes.data(), slot.size}, slot.capture_time, slot.independent, slot.discontinuity};
  }
  void pop() { head_.fetch_add(1, std::memory_order_release); }

 private:
  static constexpr std::size_t kCacheLine = 64;
  struct Slot {
    std::size_t size = 0;
    Time capture_time{};
    bool independent = false, discontinuity = false;
    std::array<std::uint8_t, kMaxFrameBytes> bytes;
  };

  std::vector<Slot> slots_;
  std::size_t mask_;
  alignas(kCacheLine) std::atomic<std::size_t> head_{0};  // next to read
  alignas(kCacheLine) std::atomic<std::size_t> tail_{0};  // next to write
  bool lost_before_ = false;                              // producer's
};

}  // namespace sluice::net
