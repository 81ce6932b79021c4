// One HTTP exchange: reads a request, has the site answer it, and closes, or hands the socket on to a Listener.
// Network thread only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "nodes/net/site.h"

namespace sluice::net {

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Clock = std::chrono::steady_clock;

  /// `socket` is in non-blocking mode. `site` outlives the connection's last operation.
  HttpConnection(boost::asio::ip::tcp::socket socket, Site& site, Clock::time_point deadline);

  void start() { read_request(); }
  /// Ends an exchange that takes too long; the request may come as slowly as it likes until then.
  void close_if_late(Clock::time_point now);
  void close();
  bool closed() const { return !socket_.is_open(); }

 private:
  void read_request();
  void handle_request(std::size_t head_length);
  void send(Reply reply);
  void linger();

  boost::asio::ip::tcp::socket socket_;
  Site& site_;
  std::string received_;
  std::string response_;
  std::size_t discarded_ = 0;
  bool answered_ = false;
  Clock::time_point deadline_;
};

}  // namespace sluice::net
