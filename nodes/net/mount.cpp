#include "nodes/net/mount.h"

#include <utility>

#include "nodes/net/kernels/icy.h"

namespace sluice::net {

Mount::Mount(MountConfig config, std::shared_ptr<Waker> waker)
    : config_(std::move(config)),
      queue_(config_.queue_frames),
      waker_(std::move(waker)),
      title_(clean_utf8(config_.title)) {}

void Mount::publish(const FrameView& frame) REALTIME {
  if (queue_.push(frame)) {
    counters_.frames.fetch_add(1, std::memory_order_relaxed);
    waker_->wake();
  } else {
    counters_.frames_lost.fetch_add(1, std::memory_order_relaxed);
  }
}

void Mount::set_title(std::string title) {
  auto clean = clean_utf8(title);
  const std::lock_guard lock(title_mutex_);
  title_ = std::move(clean);
}

std::string Mount::title() const {
  const std::lock_guard lock(title_mutex_);
  return title_;
}

}  // namespace sluice::net
