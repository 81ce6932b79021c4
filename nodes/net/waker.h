// Lets a real-time thread wake a network thread: one eventfd write at most per sleep of the other side.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>

#include "engine/core/realtime.h"

namespace sluice::net {

class Waker {
 public:
  Waker() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  ~Waker() {
    if (fd_ >= 0) ::close(fd_);
  }
  Waker(const Waker&) = delete;
  Waker& operator=(const Waker&) = delete;

  /// Becomes readable after wake(); -1 when the system has no descriptor left.
  int fd() const { return fd_; }

  /// Thread-safe: yes. Realtime-safe: yes, one non-blocking system call when the other side sleeps.
  void wake() REALTIME {
    if (signalled_.exchange(true)) return;
    const std::uint64_t one = 1;
    // A failed write means the counter is full, so the descriptor is readable already.
    [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
  }

  /// The woken side: call first, then look at what there is to do.
  void reset() {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto bytes_read = ::read(fd_, &count, sizeof count);
    signalled_.exchange(false);
  }

 private:
  int fd_;
  std::atomic<bool> signalled_{false};
};

}  // namespace sluice::net
