// Source client of an Icecast 2.4 server: PUT with Expect: 100-continue, then raw MP3, one write per frame.
//
// It comes back by itself: a refused or lost connection is tried again after 0.25, 0.5, .. 10 s (with jitter), and
// begins with the newest frame that decodes, so that an outage never turns into latency that stays. A server that
// takes too little has whole frames skipped. Protocol facts: icecast 2.4.4, tried.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "engine/core/realtime.h"
#include "engine/core/result.h"
#include "nodes/net/frame.h"

namespace sluice::net {

struct IcecastConfig {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8000;
  std::string mount = "/live.mp3";
  std::string user = "source";
  std::string password{};  // never part of any state(), error or log
  std::string name{}, genre{}, description{}, url{};
  std::string title{};
  bool listed = false;                         // ice-public: may directories list it
  std::chrono::milliseconds max_queue{2'000};  // frames waiting for the server; beyond, it goes on at the newest
  std::chrono::milliseconds timeout{5'000};    // for a connection, an answer, or a server that takes nothing
  std::chrono::milliseconds first_retry{250}, last_retry{10'000};
  /// Called on the network thread with each new state(), for people to read.
  std::function<void(const std::string& state)> on_state{};
  /// Called on the network thread when a frame's bytes are first handed to the socket.
  std::function<void(Time capture_time)> on_handed_over{};
};

struct IcecastCounters {
  std::atomic<bool> connected{false};
  std::atomic<std::uint64_t> connections{0};  // ever established
  std::atomic<std::uint64_t> frames{0};       // handed to the server's socket
  std::atomic<std::uint64_t> frames_lost{0};  // published while the network thread was too far behind
  std::atomic<std::uint64_t> skips{0};        // times it moved forward because the server took too little
  std::atomic<std::uint64_t> bytes_sent{0};
};

class IcecastSource {
 public:
  /// Connects once there is a frame to send; never fails, see state().
  explicit IcecastSource(IcecastConfig config);
  /// Sends what was published, as far as the server takes it within half a second, and disconnects.
  ~IcecastSource();

  /// One producer. Realtime-safe: yes (a copy, at most one wake-up).
  void publish(const FrameView& frame) REALTIME;

  /// Thread-safe, not realtime-safe. The server is told, and told again after each reconnection.
  void set_title(std::string title);

  /// For people: "connected", "the password is wrong (401); trying again in 2.0 s", ... Thread-safe.
  std::string state() const;
  const IcecastCounters& counters() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Where a stream goes, from "icecast://[user[:password]@]host[:port]/mount". The error's `where` is "url"; it never
/// repeats the password.
Result<IcecastConfig> icecast_config(std::string_view url);

/// What can be said against a mount path (it goes into a request line); empty when nothing.
std::string mount_problem(std::string_view mount);

}  // namespace sluice::net
