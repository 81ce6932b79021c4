#include "nodes/net/live_feed.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace sluice::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
constexpr std::size_t kMaxReceived = 64 * 1024;  // a reader has nothing to say after its request

std::string event_of(const std::string& data) {
  return data.empty() ? "" : "data: " + data + "\n\n";
}
}  // namespace

class LiveFeed::Reader : public std::enable_shared_from_this<Reader> {
 public:
  explicit Reader(asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  void send(std::string_view text) {
    waiting_ += text;
    if (waiting_.size() > kMaxWaiting) return close();
    if (sending_.empty()) write();
  }

  void watch_for_close() {
    socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
      if (error || self->closed()) return;
      std::array<char, 1024> ignored;
      self->received_ += self->socket_.read_some(asio::buffer(ignored), error);
      if ((error && error != asio::error::would_block) || self->received_ > kMaxReceived) return self->close();
      self->watch_for_close();
    });
  }

  bool closed() const { return !socket_.is_open(); }
  void close() {
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    socket_.close(ignored);
  }

 private:
  void write() {
    if (waiting_.empty() || closed()) return;
    sending_.swap(waiting_);
    asio::async_write(socket_, asio::buffer(sending_), [self = shared_from_this()](error_code error, std::size_t) {
      self->sending_.clear();
      if (error) return self->close();
      self->write();
    });
  }

  asio::ip::tcp::socket socket_;
  std::string sending_, waiting_;
  std::size_t received_ = 0;
};

bool LiveFeed::share(const std::string& kind) {
  if (!released_ || holders_ > 1 || kind != config_.kind) return false;
  ++holders_;
  return true;
}

bool LiveFeed::let_go() {
  released_ = false;
  return --holders_ > 0;
}

void LiveFeed::join(asio::ip::tcp::socket socket, std::string_view head) {
  const auto reader = std::make_shared<Reader>(std::move(socket));
  readers_.push_back(reader);
  reader->watch_for_close();
  std::string text(head);
  for (const std::string& final : finals_) text += event_of(final);
  reader->send(text + event_of(partial_));
}

void LiveFeed::publish(const std::string& data, bool final) {
  std::erase_if(readers_, [](const auto& reader) { return reader->closed(); });
  if (final) {
    finals_.push_back(data);
    if (finals_.size() > config_.kept) finals_.pop_front();
    partial_.clear();
  } else {
    partial_ = data;
  }
  for (const auto& reader : readers_) reader->send(event_of(data));
}

void LiveFeed::close_all() {
  for (const auto& reader : readers_) reader->close();
  readers_.clear();
}

}  // namespace sluice::net
