// From a capture callback to the graph: cuts what the device delivers into equal blocks, stamped with the time of their
// first sample. accept() belongs to the device's thread, the rest to the node's; neither ever waits for the other.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>
#include <vector>

#include "engine/core/clock.h"
#include "nodes/io/kernels/slot_ring.h"

namespace sluice::io {

struct CapturedBlock {
  std::vector<float> interleaved;
  Time capture_time{};        // of the first sample; never before that of an earlier block
  std::int64_t position = 0;  // frames since the device started, lost ones included
  bool gap = false;           // frames are missing before it
};

class CaptureQueue {
 public:
  CaptureQueue(std::size_t blocks, std::size_t block_frames, std::size_t channels, double rate_hz)
      : ring_(blocks, {.interleaved = std::vector<float>(block_frames * channels)}),
        block_frames_(block_frames),
        channels_(channels),
        rate_hz_(rate_hz) {}

  // Realtime-safe. `overflow`: the device lost samples before these. True when at least one block was completed.
  bool accept(const float* interleaved, std::size_t frames, Time first_sample, bool overflow) noexcept {
    if (overflow) lose(0);
    bool completed = false;
    for (std::size_t done = 0; done < frames;) {
      if (!filling_ && !begin(first_sample + frames_to_duration(static_cast<double>(done), rate_hz_))) {
        lose(frames - done);
        break;
      }
      const std::size_t count = std::min(frames - done, block_frames_ - filled_);
      if (interleaved)
        std::copy_n(interleaved + done * channels_, count * channels_, filling_->interleaved.begin() + offset());
      else
        std::fill_n(filling_->interleaved.begin() + offset(), count * channels_, 0.0f);
      filled_ += count;
      done += count;
      if (filled_ == block_frames_) completed = finish();
    }
    return completed;
  }

  CapturedBlock* front() noexcept { return ring_.front(); }
  void pop() noexcept { ring_.pop(); }
  std::uint64_t xruns() const noexcept { return xruns_.load(std::memory_order_relaxed); }
  std::uint64_t lost_frames() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  std::ptrdiff_t offset() const noexcept { return static_cast<std::ptrdiff_t>(filled_ * channels_); }

  bool begin(Time time) noexcept {
    filling_ = ring_.fillable();
    if (!filling_) return false;
    latest_ = std::max(latest_, time);
    filling_->capture_time = latest_;
    filling_->position = position_;
    filling_->gap = std::exchange(gap_, false);
    filled_ = 0;
    return true;
  }

  bool finish() noexcept {
    ring_.publish();
    position_ += static_cast<std::int64_t>(block_frames_);
    filling_ = nullptr;
    return true;
  }

  // The node was too slow (frames > 0), or the device was: the next block says so.
  void lose(std::size_t frames) noexcept {
    if (!(gap_ && frames > 0)) xruns_.fetch_add(1, std::memory_order_relaxed);
    gap_ = true;
    position_ += static_cast<std::int64_t>(frames);
    lost_.fetch_add(frames, std::memory_order_relaxed);
  }

  SlotRing<CapturedBlock> ring_;
  std::size_t block_frames_, channels_;
  double rate_hz_;
  CapturedBlock* filling_ = nullptr;
  std::size_t filled_ = 0;  // frames
  Time latest_ = Time::min();
  std::int64_t position_ = 0;
  bool gap_ = false;
  std::atomic<std::uint64_t> xruns_{0}, lost_{0};
};

}  // namespace sluice::io
