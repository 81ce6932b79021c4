#include "apps/sluice-transcribe/serve/server.h"

#include "apps/sluice-transcribe/serve/web.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <optional>
#include <set>
#include <thread>

#include "apps/control/access.h"
#include "apps/sluice-transcribe/protocol/openai.h"
#include "apps/sluice-transcribe/protocol/reception.h"
#include "apps/sluice-transcribe/serve/service.h"
#include "apps/sluice-transcribe/serve/speech_socket.h"
#include "apps/sluice-transcribe/serve/tls_front.h"
#include "apps/sluice-transcribe/serve/upload.h"
#include "nodes/net/kernels/web_text.h"

namespace sluice::transcribe {
namespace {

using Parser = http::request_parser<http::string_body>;

constexpr std::chrono::milliseconds kNoDescriptors{100};  // until accepting is tried again
constexpr std::chrono::seconds kFarewell{1};              // for the last messages, when the server stops
constexpr std::chrono::seconds kLinger{2};
constexpr std::size_t kMaxDiscarded = 4 * 1024 * 1024;  // of a refused request's body
constexpr const char* kJson = "application/json";
constexpr const char* kText = "text/plain; charset=utf-8";
constexpr const char* kWelcome =
    "Sluice speech server\n\n"
    "WebSocket:  FunASR 2pass, FunASR realtime (START/STOP), Vosk, WhisperLive: told apart by the first message,\n"
    "            or by the path: /funasr /funasr/realtime /vosk /whisper\n"
    "HTTP:       POST /v1/audio/transcriptions, GET /v1/models, GET /healthz\n";

Error explain(const error_code& error, const control::Address& address) {
  const auto problem = [&](std::string_view what) {
    return Error{"--serve", fmt::format("{}: {}", address.text(), what)};
  };
  if (error == asio::error::address_in_use) return problem("the port is in use by another program: choose another");
  if (error == asio::error::access_denied) return problem("the port needs privileges: choose one from 1024 up");
  if (error == boost::system::errc::address_not_available) return problem("is not an address of this machine");
  return problem(error.message());
}

std::string error_text(const std::string& message) {
  return error_body(Error{"", message});
}

// What may end a connection from outside.
struct Guest {
  beast::tcp_stream* stream = nullptr;   // while it speaks HTTP
  std::shared_ptr<SpeechSocket> socket;  // afterwards
};

}  // namespace

class SpeechServer::Impl {
 public:
  Impl(const ServeOptions& options, Executor& executor)
      : service_{.recogniser = options.recogniser,
                 .limits = options.limits,
                 .token = options.token,
                 .executor = executor},
        address_(options.address),
        acceptor_(context_),
        farewell_(context_) {}

  ~Impl() {
    asio::post(context_, [this] { leave(); });
    if (thread_.joinable()) thread_.join();
    service_.slow.join();  // stops the graphs; what they still say goes nowhere
  }

  Status open(const ServeOptions& options) {
    if (!options.tls_certificate.empty()) {
      auto tls = TlsFront::open(options.tls_certificate, options.tls_key);
      if (!tls) return tls.error();
      tls_ = std::move(*tls);
    }
    error_code error;
    const auto ip = asio::ip::make_address(address_.host == "localhost" ? "127.0.0.1" : address_.host, error);
    if (error) return Error{"--serve", fmt::format("'{}' is not an address, as 127.0.0.1 is", address_.host)};
    const tcp::endpoint endpoint{ip, address_.port};
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return explain(error, address_);
    address_.port = acceptor_.local_endpoint().port();
    asio::co_spawn(context_, accept(), asio::detached);
    thread_ = std::thread([this] { context_.run(); });
    return {};
  }

  const control::Address& address() const { return address_; }
  ServeReport report() const { return {service_.connections, service_.streams}; }

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      error_code error;
      tcp::socket socket = co_await acceptor_.async_accept(redirect_error(use_awaitable, error));
      if (error == asio::error::operation_aborted || leaving_) co_return;
      if (error) {
        asio::steady_timer pause(context_, kNoDescriptors);
        co_await pause.async_wait(redirect_error(use_awaitable, error));
        continue;
      }
      socket.set_option(tcp::no_delay(true), error);
      if (tls_) {
        auto clear = tls_->decrypted(std::move(socket), service_.limits);
        if (!clear) continue;
        socket = std::move(*clear);
      }
      asio::co_spawn(context_, welcome(beast::tcp_stream(std::move(socket))), asio::detached);
    }
  }

  asio::awaitable<void> welcome(beast::tcp_stream stream) {
    ++service_.connections;
    const auto guest = std::make_shared<Guest>(Guest{&stream, nullptr});
    guests_.insert(guest);
    co_await converse(stream, *guest);
    guests_.erase(guest);
    --service_.connections;
    if (leaving_ && guests_.empty()) farewell_.cancel();
  }

  // Requests one after another, until one becomes a WebSocket.
  asio::awaitable<void> converse(beast::tcp_stream& stream, Guest& guest) {
    beast::flat_buffer buffer;
    for (bool goes_on = true; goes_on && !leaving_;) {
      Parser parser;
      parser.header_limit(static_cast<std::uint32_t>(service_.limits.header_bytes));
      parser.body_limit(service_.limits.upload_bytes);
      error_code error;
      stream.expires_after(service_.limits.request_time);
      co_await http::async_read_header(stream, buffer, parser, redirect_error(use_awaitable, error));
      if (error) co_return co_await refuse_unread(stream, parser, error);
      const std::string target = text_of(parser.get().target());
      const net::Target split = net::split_target(target);
      if (co_await turned_away(stream, parser.get(), split)) co_return co_await linger(stream);
      if (beast::websocket::is_upgrade(parser.get())) {
        guest.socket = SpeechSocket::make(std::move(stream), service_, make_dialog(split.path));
        guest.stream = nullptr;
        co_return co_await guest.socket->run(parser.release());
      }
      co_await read_body(stream, buffer, parser, error);
      if (error) co_return co_await refuse_unread(stream, parser, error);
      goes_on = co_await answer(stream, parser.get(), std::string(split.path));
    }
  }

  asio::awaitable<void> read_body(beast::tcp_stream& stream, beast::flat_buffer& buffer, Parser& parser,
                                  error_code& error) {
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> go_on(http::status::continue_, parser.get().version());
      co_await http::async_write(stream, go_on, redirect_error(use_awaitable, error));
    }
    if (!error) co_await http::async_read(stream, buffer, parser, redirect_error(use_awaitable, error));
  }

  // True when the client may not be here, and has been told so.
  asio::awaitable<bool> turned_away(beast::tcp_stream& stream, const WebRequest& request, const net::Target& target) {
    if (service_.connections > service_.limits.connections) {
      const std::string full = error_text("there are as many connections as are allowed");
      co_await send_answer(stream, request, http::status::service_unavailable, full, kJson);
      co_return true;
    }
    if (knows_token(request, target)) co_return false;
    const std::string body = error_text("a token is needed: Authorization: Bearer TOKEN");
    co_await send_answer(stream, request, http::status::unauthorized, body, kJson);
    co_return true;
  }

  // RFC 6750 2.1 and 2.3; browsers cannot set a header of a WebSocket.
  bool knows_token(const WebRequest& request, const net::Target& target) const {
    if (service_.token.empty()) return true;
    constexpr std::string_view kBearer = "Bearer ", kToken = "token=";
    const std::string authorization = text_of(request[http::field::authorization]);
    std::string_view given;
    if (authorization.starts_with(kBearer)) given = std::string_view(authorization).substr(kBearer.size());
    if (const std::size_t at = target.query.find(kToken); given.empty() && at != std::string_view::npos)
      given = target.query.substr(at + kToken.size(), target.query.find('&', at) - at - kToken.size());
    return control::equal_in_constant_time(given, service_.token);
  }

  asio::awaitable<void> refuse_unread(beast::tcp_stream& stream, const Parser& parser, error_code error) {
    http::status status = http::status::bad_request;
    if (error == http::error::body_limit) status = http::status::payload_too_large;
    if (error == http::error::header_limit) status = http::status::request_header_fields_too_large;
    const bool http_error = error.category() == make_error_code(http::error::bad_method).category();
    if (!http_error || error == http::error::end_of_stream) co_return;
    WebRequest request;
    request.version(parser.is_header_done() ? parser.get().version() : 11);
    request.keep_alive(false);
    const std::string body = error_text(too_much(error).value_or(error.message()));
    co_await send_answer(stream, request, status, body, kJson);
    co_await linger(stream);
  }

  std::optional<std::string> too_much(error_code error) const {
    if (error == http::error::body_limit)
      return fmt::format("the request is larger than {} MiB: send the audio compressed, or in parts",
                         service_.limits.upload_bytes >> 20);
    if (error == http::error::header_limit)
      return fmt::format("the request's head is larger than {} KiB", service_.limits.header_bytes >> 10);
    return std::nullopt;
  }

  // Closing a socket with unread input resets the connection, and the client may lose our answer: read to its end.
  asio::awaitable<void> linger(beast::tcp_stream& stream) {
    error_code error;
    stream.socket().shutdown(tcp::socket::shutdown_send, error);
    stream.expires_after(kLinger);
    beast::flat_buffer buffer;
    for (std::size_t discarded = 0; !error && discarded < kMaxDiscarded;) {
      buffer.clear();
      discarded += co_await stream.async_read_some(buffer.prepare(64 * 1024), redirect_error(use_awaitable, error));
    }
  }

  asio::awaitable<bool> answer(beast::tcp_stream& stream, const WebRequest& request, std::string path) {
    const bool get = request.method() == http::verb::get;
    if (path == "/v1/audio/transcriptions" && request.method() == http::verb::post)
      co_return co_await transcribe_upload(stream, request, service_);
    const auto [known, content_type, text] = page(path);
    if (known && get) co_return co_await send_answer(stream, request, http::status::ok, text, content_type);
    const bool elsewhere = known || path == "/v1/audio/transcriptions";
    const auto status = elsewhere ? http::status::method_not_allowed : http::status::not_found;
    const std::string body = error_text(elsewhere ? "this method is not answered here" : "there is nothing here");
    co_return co_await send_answer(stream, request, status, body, kJson);
  }

  struct Page {
    bool known = true;
    std::string_view content_type{};
    std::string text{};
  };
  Page page(std::string_view path) const {
    if (path == "/v1/models") return {.content_type = kJson, .text = models_body(service_.recogniser.type)};
    if (path == "/healthz")
      return {.content_type = kText,
              .text = fmt::format("ok\nconnections {}\nstreams {}\n", service_.connections.load(),
                                  service_.streams.load())};
    if (path == "/") return {.content_type = kText, .text = kWelcome};
    return {.known = false};
  }

  // Nobody new; those who are here are told, and after a while no longer waited for.
  void leave() {
    leaving_ = true;
    acceptor_.close();
    for (const auto& guest : guests_) {
      if (guest->socket)
        guest->socket->leave();
      else if (guest->stream)
        guest->stream->close();
    }
    if (guests_.empty()) return;
    farewell_.expires_after(kFarewell);
    farewell_.async_wait([this](error_code error) {
      for (const auto& guest : guests_)
        if (!error && guest->socket) guest->socket->drop();
    });
  }

  Service service_;
  control::Address address_;
  std::unique_ptr<TlsFront> tls_;  // none: connections are in the clear
  std::set<std::shared_ptr<Guest>> guests_;
  bool leaving_ = false;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer farewell_;
  std::thread thread_;
};

SpeechServer::SpeechServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SpeechServer::~SpeechServer() = default;

Result<std::unique_ptr<SpeechServer>> SpeechServer::open(const ServeOptions& options, Executor& executor) {
  auto impl = std::make_unique<Impl>(options, executor);
  if (Status status = impl->open(options); !status) return std::unexpected(status.error());
  return std::unique_ptr<SpeechServer>(new SpeechServer(std::move(impl)));
}

const control::Address& SpeechServer::address() const {
  return impl_->address();
}

ServeReport SpeechServer::report() const {
  return impl_->report();
}

}  // namespace sluice::transcribe
