#include "nodes/net/http_connection.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "nodes/net/listener.h"

namespace sluice::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
constexpr std::chrono::seconds kResponseTimeout{10};  // for a page of some 10 KB
constexpr std::chrono::seconds kLingerTimeout{2};
constexpr std::size_t kMaxDiscarded = 64 * 1024;
}  // namespace

HttpConnection::HttpConnection(asio::ip::tcp::socket socket, Site& site, Clock::time_point deadline)
    : socket_(std::move(socket)), site_(site), deadline_(deadline) {}

void HttpConnection::read_request() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
    if (error || self->closed()) return;
    std::array<char, kMaxHeaderBytes> buffer;
    const std::size_t room = kMaxHeaderBytes - self->received_.size();
    const std::size_t read = self->socket_.read_some(asio::buffer(buffer, room), error);
    if (error == asio::error::would_block) return self->read_request();
    if (error) return self->close();
    const std::size_t searched = self->received_.size();
    self->received_.append(buffer.data(), read);
    if (const auto length = request_head_length(self->received_, searched)) return self->handle_request(length);
    if (const auto refused = head_too_large(self->received_)) return self->send(self->site_.refuse(*refused));
    self->read_request();
  });
}

void HttpConnection::handle_request(std::size_t head_length) {
  const auto request = parse_request({received_.data(), head_length});
  received_ = {};
  if (!request) return send(site_.refuse(request.error()));
  auto reply = site_.answer(*request);
  if (reply.feed) return reply.feed->join(std::move(socket_), reply.text);
  if (!reply.stream) return send(std::move(reply));
  auto& stream = *reply.stream;
  stream.join(std::make_shared<Listener>(std::move(socket_), stream, reply.text, reply.burst, reply.icy));
}

void HttpConnection::send(Reply reply) {
  answered_ = true;
  deadline_ = Clock::now() + kResponseTimeout;
  response_ = std::move(reply.text);
  asio::async_write(socket_, asio::buffer(response_), [self = shared_from_this()](error_code error, std::size_t) {
    if (error || self->closed()) return self->close();
    self->deadline_ = Clock::now() + kLingerTimeout;
    self->socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
    self->linger();
  });
}

// Closing a socket with unread input resets the connection, and the client may lose our answer: read to its end first.
void HttpConnection::linger() {
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [self = shared_from_this()](error_code error) {
    if (error || self->closed()) return;
    std::array<char, 4096> ignored;
    self->discarded_ += self->socket_.read_some(asio::buffer(ignored), error);
    if ((error && error != asio::error::would_block) || self->discarded_ > kMaxDiscarded) return self->close();
    self->linger();
  });
}

void HttpConnection::close_if_late(Clock::time_point now) {
  if (closed() || now < deadline_) return;
  if (answered_) return close();
  send(site_.refuse({408, "The request took too long to arrive."}));
}

void HttpConnection::close() {
  error_code ignored;
  socket_.close(ignored);
}

}  // namespace sluice::net
