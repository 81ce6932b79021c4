// One listener: a socket and an offset into the shared history. Network thread only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/net/broadcast.h"

namespace sluice::net {

/// Frames are written straight from the history in one call; only what is the listener's own (response head, first
/// frames, metadata, the rest of a frame before a jump) is staged. When the socket is full the listener waits, and
/// when it falls too far behind, it goes on at the newest frame that decodes.
class Listener : public std::enable_shared_from_this<Listener> {
 public:
  /// `head` is sent first. `broadcast` outlives the listener's last operation.
  Listener(boost::asio::ip::tcp::socket socket, Broadcast& broadcast, std::string_view head, Duration burst, bool icy);

  void start();
  /// Writes whatever the socket takes now.
  void pump();
  void close();

  bool closed() const { return !socket_.is_open(); }
  bool caught_up() const { return !waiting_ && staged_.empty(); }
  bool full() const { return waiting_; }  // its socket takes no more for now
  bool stalled_since(std::chrono::steady_clock::time_point time) const { return waiting_ && last_progress_ < time; }

 private:
  bool write_some();  // false: nothing left to write, the socket is full, or it failed
  void consume(std::size_t bytes);
  void wait_until_writable();
  void watch_for_close();
  void begin();             // picks the place in the stream, once there is one
  void skip_if_too_late();  // moves forward
  void stage_audio(StreamOffset from, StreamOffset to);
  void stage_carriers(const EntryPoint& entry);
  void stage_audio(std::span<const std::uint8_t> bytes);
  void stage_metadata_if_due();
  StreamOffset writable_end() const;  // how far the history may be written before metadata is due

  boost::asio::ip::tcp::socket socket_;
  Broadcast& broadcast_;
  std::vector<std::uint8_t> staged_;  // sent before anything from the history; bounded by head + carriers + one title
  std::size_t staged_sent_ = 0;
  StreamOffset cursor_ = 0;  // next byte of the history to send
  Duration burst_;           // of the next begin()
  const Duration max_age_;   // behind this, it is moved forward
  const bool icy_;
  std::size_t until_metadata_;  // audio bytes
  std::string announced_title_;
  bool begun_ = false;        // has a place in the stream
  bool waiting_ = false;      // for the socket to become writable
  std::size_t received_ = 0;  // bytes the client sent after its request
  std::chrono::steady_clock::time_point last_progress_;
};

}  // namespace sluice::net
