// Live text for web pages (captions, minutes, rows of a waterfall): server-sent events (HTML Living Standard, 9.2).
// Network thread only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/net/feed_config.h"

namespace sluice::net {

/// Every reader gets the last few events first, then what comes. Events are replaceable but for finals: a reader whose
/// socket takes nothing is disconnected once kMaxWaiting bytes wait for it, and its page comes back by itself.
class LiveFeed {
 public:
  static constexpr std::size_t kMaxReaders = 1024;
  static constexpr std::size_t kMaxWaiting = 64 * 1024;  // bytes, of one reader

  explicit LiveFeed(FeedConfig config) : config_(std::move(config)) {}

  const FeedConfig& config() const { return config_; }
  /// A released feed may be held by one node more, of the same kind, to which it is left when the first lets it go.
  void release(bool to_another) { released_ = to_another; }
  bool share(const std::string& kind);
  bool let_go();  // true while another holds it

  bool full() const { return readers_.size() >= kMaxReaders; }

  /// `head` is the response's; the socket does not block.
  void join(boost::asio::ip::tcp::socket socket, std::string_view head);
  /// One event's data, a line; a partial replaces the one before.
  void publish(const std::string& data, bool final);
  void close_all();
  std::size_t readers() const { return readers_.size(); }

 private:
  class Reader;

  const FeedConfig config_;
  int holders_ = 1;
  bool released_ = false;
  std::deque<std::string> finals_;
  std::string partial_;
  std::vector<std::shared_ptr<Reader>> readers_;  // shared with their pending operations
};

}  // namespace sluice::net
