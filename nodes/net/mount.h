// A mount: one stream that a StreamServer offers. The graph's side of it: frames and titles go in, counters come out.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "engine/core/clock.h"
#include "engine/core/realtime.h"
#include "nodes/net/frame_queue.h"
#include "nodes/net/waker.h"

namespace sluice::net {

struct MountConfig {
  std::string path = "/live.mp3";
  std::string content_type = "audio/mpeg";
  std::string name = "Sluice";  // the station: icy-name and the page's heading
  std::string genre{}, description{};
  std::string title{};                          // of what plays now
  int bitrate_kbps = 0;                         // 0: read off the frames
  std::chrono::milliseconds burst{500};         // what a new listener gets at once
  std::chrono::milliseconds max_burst{10'000};  // limit of ?burst=
  std::chrono::milliseconds max_lag{5'000};     // behind its burst, a listener is moved forward
  std::size_t max_listeners = 4096;
  std::size_t queue_frames = 128;  // between the graph and the network thread; 3.3 s at 44.1 kHz
  /// Called on the network thread when a frame's bytes are first handed to a socket, or, while nobody listens or no
  /// listener's socket takes more, when they could have been.
  std::function<void(Time capture_time)> on_handed_over{};
};

/// Running totals. Written by one thread each, read by any.
struct MountCounters {
  std::atomic<std::uint64_t> frames{0};             // published
  std::atomic<std::uint64_t> frames_lost{0};        // published while the network thread was too far behind
  std::atomic<std::uint64_t> bytes_sent{0};         // audio and metadata, all listeners
  std::atomic<std::uint64_t> skips{0};              // times a slow listener was moved forward
  std::atomic<std::uint64_t> listeners{0};          // now
  std::atomic<std::uint64_t> listeners_total{0};    // ever
  std::atomic<std::uint64_t> listeners_stalled{0};  // closed because they took nothing for too long
};

class Mount {
 public:
  Mount(MountConfig config, std::shared_ptr<Waker> waker);

  /// Hands a frame to the network thread. One producer. Realtime-safe: yes (a copy, at most one wake-up).
  void publish(const FrameView& frame) REALTIME;

  /// Thread-safe: yes. Realtime-safe: no.
  void set_title(std::string title);
  std::string title() const;

  /// Whether another mount of the same path may be added, to take this one's listeners when this one is removed.
  /// Thread-safe: yes.
  void release(bool to_another) { released_.store(to_another); }
  bool released() const { return released_.load(); }

  const MountConfig& config() const { return config_; }
  const MountCounters& counters() const { return counters_; }

 private:
  friend class Broadcast;
  friend class Listener;

  const MountConfig config_;
  FrameQueue queue_;
  std::shared_ptr<Waker> waker_;  // shared with the server, which may stop before the graph does
  MountCounters counters_;
  std::atomic<bool> released_{false};
  mutable std::mutex title_mutex_;
  std::string title_;
};

}  // namespace sluice::net
