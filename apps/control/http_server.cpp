#include "apps/control/http_server.h"

#include <utility>  // before Asio's coroutines: Boost 1.74 uses std::exchange without including it

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <set>
#include <thread>

#include "nodes/net/kernels/web_text.h"

namespace sluice::control {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

using Parser = http::request_parser<http::string_body>;
using Message = std::shared_ptr<const std::string>;

constexpr std::chrono::milliseconds kEventPeriod{250};
constexpr std::chrono::milliseconds kFarewell{500};  // for the last events, when the server stops
constexpr std::chrono::milliseconds kLinger{2'000};
constexpr std::chrono::milliseconds kNoDescriptors{100};  // until accepting is tried again
constexpr std::size_t kMaxDiscarded = 4 * 1024 * 1024;    // of a refused request's body
constexpr std::size_t kMaxHeard = 4 * 1024;               // of one message a WebSocket client sends us

std::string text_of(beast::string_view view) {
  return {view.data(), view.size()};
}

Error explain(const error_code& error, const Address& address) {
  const auto problem = [&](std::string_view what) {
    return Error{"--control", fmt::format("{}: {}", address.text(), what)};
  };
  if (error == asio::error::address_in_use)
    return problem("the port is in use by another program: choose another, as in --control=8011");
  if (error == asio::error::access_denied)
    return problem("the port needs privileges this program does not have: choose one from 1024 up");
  if (error == boost::system::errc::address_not_available) return problem("is not an address of this machine");
  return problem(error.message());
}

// Nothing when the target cannot be understood.
std::optional<Request> request_of(const Parser& parser) {
  const auto& message = parser.get();
  const std::string target = text_of(message.target());
  const net::Target split = net::split_target(target);
  const auto path = net::percent_decode(split.path);
  if (!path || !path->starts_with('/') || path->find('\0') != std::string::npos) return std::nullopt;
  return Request{.method = text_of(message.method_string()),
                 .path = *path,
                 .query = std::string(split.query),
                 .host = text_of(message[http::field::host]),
                 .origin = text_of(message[http::field::origin]),
                 .authorization = text_of(message[http::field::authorization]),
                 .content_type = text_of(message[http::field::content_type]),
                 .body = message.body()};
}

// The refusal of what could not be read; nothing when the peer went away or was too slow.
std::optional<Response> refusal_of(const error_code& error) {
  if (error == http::error::header_limit) return refusal(431, "the request's head is too large");
  if (error == http::error::body_limit) return refusal(413, "the request's body is too large");
  if (error == http::error::end_of_stream || error.category() != make_error_code(http::error::bad_method).category())
    return std::nullopt;
  return refusal(400, "this is not an HTTP request");
}

http::response<http::string_body> message_of(const Response& response, bool head_only, bool keep, unsigned version) {
  http::response<http::string_body> message(static_cast<http::status>(response.status), version);
  message.set(http::field::server, "Sluice");
  message.set(http::field::content_type, response.content_type);
  message.set(http::field::cache_control, "no-store");
  message.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.fields) message.set(name, value);
  message.keep_alive(keep);
  if (head_only) {
    message.content_length(response.body.size());
  } else {
    message.body() = response.body;
    message.prepare_payload();
  }
  return message;
}

// One WebSocket that is sent events. Server's thread only.
class Subscriber : public std::enable_shared_from_this<Subscriber> {
 public:
  Subscriber(beast::tcp_stream stream, const HttpLimits& limits)
      : socket_(std::move(stream)), wake_(socket_.get_executor()), limits_(limits) {}

  asio::awaitable<void> run(Parser::value_type request, std::string greeting) {
    beast::get_lowest_layer(socket_).expires_never();
    socket_.set_option(websocket::stream_base::timeout{
        .handshake_timeout = limits_.request_time, .idle_timeout = limits_.waiting_time, .keep_alive_pings = true});
    socket_.read_message_max(kMaxHeard);
    error_code error;
    co_await socket_.async_accept(request, redirect_error(use_awaitable, error));
    if (error) co_return;
    send(std::make_shared<const std::string>(std::move(greeting)));
    asio::co_spawn(socket_.get_executor(), write(shared_from_this()), asio::detached);
    // What a client says is not looked at, but pings and its closing are answered while reading.
    beast::flat_buffer ignored;
    while (!error && !closed_) {
      co_await socket_.async_read(ignored, redirect_error(use_awaitable, error));
      ignored.clear();
    }
    close();
  }

  void send(const Message& message) {
    if (waiting_bytes_ + message->size() > limits_.event_bytes) return close();
    waiting_bytes_ += message->size();
    waiting_.push_back(message);
    wake_.cancel();
  }

  // Closes once all is sent.
  void finish() {
    finishing_ = true;
    wake_.cancel();
  }

  void close() {
    closed_ = true;
    wake_.cancel();
    beast::get_lowest_layer(socket_).close();
  }

 private:
  asio::awaitable<void> write(std::shared_ptr<Subscriber> self) {
    error_code error;
    socket_.text(true);
    while (!error && !closed_) {
      if (waiting_.empty() && finishing_) {
        co_await socket_.async_close(websocket::close_code::going_away, redirect_error(use_awaitable, error));
        break;
      }
      if (waiting_.empty()) {
        wake_.expires_at(asio::steady_timer::time_point::max());
        error_code woken;
        co_await wake_.async_wait(redirect_error(use_awaitable, woken));
        continue;
      }
      const Message message = waiting_.front();
      co_await socket_.async_write(asio::buffer(*message), redirect_error(use_awaitable, error));
      waiting_.pop_front();
      waiting_bytes_ -= message->size();
    }
    self->close();
  }

  websocket::stream<beast::tcp_stream> socket_;
  asio::steady_timer wake_;
  const HttpLimits& limits_;
  std::deque<Message> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool closed_ = false, finishing_ = false;
};

}  // namespace

class HttpServer::Impl {
 public:
  explicit Impl(const HttpLimits& limits) : limits_(limits), acceptor_(context_), event_timer_(context_) {}

  ~Impl() {
    asio::post(context_, [this] { finish(); });
    if (thread_.joinable()) thread_.join();
    slow_.join();
    subscribers_.clear();  // while the context that their sockets belong to is there
  }

  Status open(const Address& address) {
    error_code error;
    const auto ip = asio::ip::make_address(address.host == "localhost" ? "127.0.0.1" : address.host, error);
    if (error)
      return Error{"--control", fmt::format("'{}' is not an address; 127.0.0.1 serves this machine", address.host)};
    const tcp::endpoint endpoint{ip, address.port};
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return explain(error, address);
    address_ = {address.host, acceptor_.local_endpoint().port()};
    return {};
  }

  void serve(Site& site) {
    site_ = &site;
    asio::co_spawn(context_, accept(), asio::detached);
    asio::co_spawn(context_, send_events(), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
  }

  const Address& address() const { return address_; }

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      error_code error;
      tcp::socket socket = co_await acceptor_.async_accept(redirect_error(use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error) {
        asio::steady_timer pause(context_, kNoDescriptors);
        co_await pause.async_wait(redirect_error(use_awaitable, error));
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      asio::co_spawn(context_, converse(beast::tcp_stream(std::move(socket))), asio::detached);
    }
  }

  asio::awaitable<void> converse(beast::tcp_stream stream) {
    ++connections_;
    const std::shared_ptr<void> leave(nullptr, [this](void*) { --connections_; });
    beast::flat_buffer buffer;
    bool keep = true;
    for (auto time = limits_.request_time; keep; time = limits_.waiting_time) {
      Parser parser;
      parser.header_limit(static_cast<std::uint32_t>(limits_.header_bytes));
      parser.body_limit(limits_.body_bytes);
      error_code error;
      stream.expires_after(time);
      co_await read(stream, buffer, parser, error);
      if (error) {
        if (const auto refused = refusal_of(error)) co_await reply(stream, *refused, false, false, 11);
        break;
      }
      const auto request = request_of(parser);
      if (request && request->path == "/events" && websocket::is_upgrade(parser.get())) {
        co_await subscribe(std::move(stream), *request, parser.release());
        co_return;
      }
      keep = parser.keep_alive() && connections_ <= limits_.connections;
      Response response = refusal(400, "the target is malformed");
      if (request) response = co_await answer(*request);
      keep = co_await reply(stream, response, parser.get().method() == http::verb::head, keep, parser.get().version());
    }
    co_await linger(std::move(stream), std::move(buffer));
  }

  asio::awaitable<void> read(beast::tcp_stream& stream, beast::flat_buffer& buffer, Parser& parser, error_code& error) {
    co_await http::async_read_header(stream, buffer, parser, redirect_error(use_awaitable, error));
    if (error) co_return;
    stream.expires_after(limits_.request_time);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> go_on(http::status::continue_, parser.get().version());
      co_await http::async_write(stream, go_on, redirect_error(use_awaitable, error));
    }
    if (!error) co_await http::async_read(stream, buffer, parser, redirect_error(use_awaitable, error));
  }

  asio::awaitable<Response> answer(const Request& request) {
    if (connections_ > limits_.connections) co_return refusal(503, "there are as many connections as are allowed");
    if (auto refused = site_->refuse(request)) co_return std::move(*refused);
    if (!site_->takes_long(request)) co_return site_->answer(request);
    auto answering = answer_slowly(request);
    co_return co_await asio::co_spawn(slow_, std::move(answering), use_awaitable);
  }

  asio::awaitable<Response> answer_slowly(const Request& request) { co_return site_->answer(request); }

  // True when the connection goes on.
  asio::awaitable<bool> reply(beast::tcp_stream& stream, const Response& response, bool head_only, bool keep,
                              unsigned version) {
    auto message = message_of(response, head_only, keep, version);
    http::response_serializer<http::string_body> serializer(message);
    serializer.split(head_only);
    error_code error;
    stream.expires_after(limits_.request_time);
    if (head_only)
      co_await http::async_write_header(stream, serializer, redirect_error(use_awaitable, error));
    else
      co_await http::async_write(stream, serializer, redirect_error(use_awaitable, error));
    co_return keep && !error;
  }

  // Closing a socket with unread input resets the connection, and the client may lose our answer: read to its end.
  asio::awaitable<void> linger(beast::tcp_stream stream, beast::flat_buffer buffer) {
    error_code error;
    stream.socket().shutdown(tcp::socket::shutdown_send, error);
    stream.expires_after(kLinger);
    for (std::size_t discarded = 0; !error && discarded < kMaxDiscarded;) {
      buffer.clear();
      discarded += co_await stream.async_read_some(buffer.prepare(64 * 1024), redirect_error(use_awaitable, error));
    }
  }

  asio::awaitable<void> subscribe(beast::tcp_stream stream, const Request& request, Parser::value_type message) {
    std::optional<Response> refused = site_->refuse(request);
    if (connections_ > limits_.connections) refused = refusal(503, "there are as many connections as are allowed");
    if (refused) {
      co_await reply(stream, *refused, false, false, message.version());
      beast::flat_buffer nothing;
      co_await linger(std::move(stream), std::move(nothing));
      co_return;
    }
    const auto subscriber = std::make_shared<Subscriber>(std::move(stream), limits_);
    subscribers_.insert(subscriber);
    co_await subscriber->run(std::move(message), site_->greeting());
    subscribers_.erase(subscriber);
    if (finishing_ && subscribers_.empty()) context_.stop();
  }

  // The last events still reach those who take them.
  void finish() {
    finishing_ = true;
    if (subscribers_.empty()) return context_.stop();
    send_new_events();
    for (const auto& subscriber : subscribers_) subscriber->finish();
    event_timer_.expires_after(kFarewell);
    event_timer_.async_wait([this](error_code error) {
      if (!error) context_.stop();
    });
  }

  void send_new_events() {
    for (std::string& event : site_->events()) {
      const auto message = std::make_shared<const std::string>(std::move(event));
      for (const auto& subscriber : subscribers_) subscriber->send(message);
    }
  }

  asio::awaitable<void> send_events() {
    for (;;) {
      send_new_events();
      event_timer_.expires_after(kEventPeriod);
      error_code error;
      co_await event_timer_.async_wait(redirect_error(use_awaitable, error));
      if (error) co_return;
    }
  }

  const HttpLimits limits_;
  Address address_;
  Site* site_ = nullptr;
  std::size_t connections_ = 0;
  bool finishing_ = false;
  std::set<std::shared_ptr<Subscriber>> subscribers_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer event_timer_;
  asio::thread_pool slow_{1};
  std::thread thread_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

Result<std::unique_ptr<HttpServer>> HttpServer::open(const Address& address, const HttpLimits& limits) {
  auto impl = std::make_unique<Impl>(limits);
  if (Status status = impl->open(address); !status) return std::unexpected(status.error());
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

void HttpServer::serve(Site& site) {
  impl_->serve(site);
}

const Address& HttpServer::address() const {
  return impl_->address();
}

}  // namespace sluice::control
