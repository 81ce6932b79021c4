// A TCP client connection for coroutines, with a time limit on each step.
#pragma once

#include <utility>  // before Asio's coroutines: Boost 1.74 uses std::exchange without including it

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::net {

namespace asio = boost::asio;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

/// A client connection with a time limit on what it is doing now: at the limit it closes, and the operation fails.
/// Network thread only.
class TimedSocket : public std::enable_shared_from_this<TimedSocket> {
 public:
  TimedSocket(asio::io_context& context, std::chrono::milliseconds limit)
      : socket_(context), timer_(context), resolver_(context), limit_(limit) {}

  asio::awaitable<error_code> connect(const std::string& host, std::uint16_t port) {
    restart_limit();
    error_code error;
    const auto endpoints =
        co_await resolver_.async_resolve(host, std::to_string(port), redirect_error(use_awaitable, error));
    if (!error) co_await asio::async_connect(socket_, endpoints, redirect_error(use_awaitable, error));
    stop_limit();
    if (!error) socket_.set_option(tcp::no_delay(true), error);
    if (!error) socket_.set_option(asio::socket_base::send_buffer_size(kSendBuffer), error);
    co_return error;
  }

  asio::awaitable<error_code> write(asio::const_buffer bytes) {
    restart_limit();
    error_code error;
    co_await asio::async_write(socket_, bytes, redirect_error(use_awaitable, error));
    stop_limit();
    co_return error;
  }

  // The head of a response; what there is of it when the connection ends or the limit passes before.
  asio::awaitable<std::string> read_head() {
    restart_limit();
    std::string head(kMaxHead, '\0');
    std::size_t size = 0;
    error_code error;
    while (!error && size < head.size() &&
           std::string_view{head.data(), size}.find("\r\n\r\n") == std::string_view::npos) {
      const auto rest = asio::buffer(head.data() + size, head.size() - size);
      size += co_await socket_.async_read_some(rest, redirect_error(use_awaitable, error));
    }
    stop_limit();
    head.resize(size);
    co_return head;
  }

  // Calls `ended` when the server closes the connection; what it sends is ignored.
  void watch(std::function<void()> ended) {
    socket_.async_read_some(asio::buffer(ignored_), [self = shared_from_this(), ended](error_code error, std::size_t) {
      if (!error) return self->watch(ended);
      self->close();
      ended();
    });
  }

  void close() {
    error_code ignored;
    resolver_.cancel();
    socket_.close(ignored);
  }
  void finish() {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    close();
  }
  bool closed() const { return !socket_.is_open(); }
  bool timed_out() const { return timed_out_; }

 private:
  static constexpr int kSendBuffer = 32 * 1024;  // 2 s at 128 kbit/s: what a server that stops reading leaves undone
  static constexpr std::size_t kMaxHead = 8 * 1024;

  void restart_limit() {
    timer_.expires_after(limit_);
    timer_.async_wait([self = shared_from_this()](error_code error) {
      if (error) return;
      self->timed_out_ = true;
      self->close();
    });
  }
  void stop_limit() { timer_.cancel(); }

  tcp::socket socket_;
  asio::steady_timer timer_;
  tcp::resolver resolver_;
  const std::chrono::milliseconds limit_;
  std::array<char, 512> ignored_{};
  bool timed_out_ = false;
};

}  // namespace sluice::net
