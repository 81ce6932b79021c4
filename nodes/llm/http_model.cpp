#include "nodes/llm/http_model.h"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include "nodes/llm/chat_api.h"
#include "nodes/llm/http_url.h"
#include "nodes/llm/kernels/sse.h"

namespace sluice::llm {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr std::size_t kMostOfARefusal = 64 * 1024;  // bytes of a body that is no answer
constexpr std::size_t kMostOfAnAnswer = 4 << 20;    // bytes of text: far more than any context
constexpr std::size_t kReadBytes = 4096;
constexpr const char* kHidden = "(the key)";

// How one request went.
struct Outcome {
  Status status;
  bool again = false;                  // worth another try
  std::optional<Duration> pause = {};  // that the server asked for
};

bool is_busy(unsigned status) {  // or not up yet
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

// Retry-After (RFC 9110, 10.2.3): seconds, or a date such as "Fri, 31 Dec 1999 23:59:59 GMT".
std::optional<Duration> retry_after(const std::string& text) {
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size()) return std::chrono::seconds(value);
  std::tm date{};
  const char* const rest = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (!rest || *rest != '\0') return std::nullopt;
  constexpr std::time_t kDay = 86400;  // nobody waits for longer
  return std::chrono::seconds(std::clamp(::timegm(&date) - std::time(nullptr), std::time_t{0}, kDay));
}

// One request to one server, on the thread that calls; `Stream` is a TCP or a TLS stream.
class Exchange {
 public:
  Exchange(const HttpModelConfig& config, const HttpUrl& url, const TakePiece& take)
      : config_(config), url_(url), take_(take) {}

  Outcome run(const std::string& body, const std::stop_token& stop) {
    const std::stop_callback close(stop, [this] { context_.stop(); });
    if (stop.stop_requested()) return {Error{"server", "stopped"}};
    asio::co_spawn(context_, url_.tls ? over_tls(body) : over_tcp(body), [](const std::exception_ptr&) {});
    context_.run();
    if (stop.stop_requested()) return {Error{"server", "stopped"}};
    return std::move(outcome_);
  }

 private:
  using Wait = Duration HttpModelConfig::*;

  asio::awaitable<void> over_tcp(const std::string& body) {
    beast::tcp_stream stream(context_);
    if (co_await connect(stream)) co_await talk(stream, stream, body);
  }

  asio::awaitable<void> over_tls(const std::string& body) {
    asio::ssl::context tls(asio::ssl::context::tls_client);
    error_code error;
    tls.set_default_verify_paths(error);
    tls.set_verify_mode(config_.verify_certificate ? asio::ssl::verify_peer : asio::ssl::verify_none);
    beast::ssl_stream<beast::tcp_stream> stream(context_, tls);
    SSL_set_tlsext_host_name(stream.native_handle(), url_.host.c_str());
    if (config_.verify_certificate) SSL_set1_host(stream.native_handle(), url_.host.c_str());
    if (!co_await connect(beast::get_lowest_layer(stream))) co_return;
    co_await stream.async_handshake(asio::ssl::stream_base::client, redirect_error(use_awaitable, error));
    if (error) co_return fail(fmt::format("no secure connection to {}: {}", place(), error.message()), false);
    co_await talk(stream, beast::get_lowest_layer(stream), body);
  }

  asio::awaitable<bool> connect(beast::tcp_stream& stream) {
    error_code error;
    tcp::resolver resolver(context_);
    const auto found = co_await resolver.async_resolve(url_.host, url_.port, redirect_error(use_awaitable, error));
    if (error) {
      fail(fmt::format("no such host: {}", url_.host), false);
      co_return false;
    }
    stream.expires_after(config_.connect_time);
    co_await stream.async_connect(found, redirect_error(use_awaitable, error));
    if (error)
      fail(fmt::format("cannot reach {}: {}; is a server such as llama-server or Ollama running there?", place(),
                       reason(error)),
           true);
    co_return !error;
  }

  template <typename Stream>
  asio::awaitable<void> talk(Stream& stream, beast::tcp_stream& socket, const std::string& body) {
    http::request<http::string_body> request(http::verb::post, url_.path, 11);
    request.set(http::field::host, url_.host);
    request.set(http::field::content_type, "application/json");
    request.set(http::field::accept, "text/event-stream");
    if (!config_.api_key.empty()) request.set(http::field::authorization, "Bearer " + config_.api_key);
    request.body() = body;
    request.prepare_payload();
    error_code error;
    socket.expires_after(config_.first_token_time);
    co_await http::async_write(stream, request, redirect_error(use_awaitable, error));
    if (error) co_return fail(fmt::format("{} takes no request: {}", place(), reason(error)), true);

    http::response_parser<http::buffer_body> response;
    response.body_limit(std::numeric_limits<std::uint64_t>::max());
    co_await http::async_read_header(stream, buffer_, response, redirect_error(use_awaitable, error));
    if (error) co_return fail(fmt::format("{} does not answer: {}", place(), reason(error)), true);
    if (response.get().result_int() != 200)
      co_await read_refusal(stream, response);
    else if (response.get()[http::field::content_type].starts_with("text/event-stream"))
      co_await read_events(stream, socket, response);
    else
      co_await read_whole(stream, response);
  }

  // The next bytes of the body; none: its end, or `error`.
  template <typename Stream>
  asio::awaitable<std::string_view> read_some(Stream& stream, http::response_parser<http::buffer_body>& response,
                                              error_code& error) {
    error = {};
    auto& body = response.get().body();
    while (!response.is_done()) {
      body.data = piece_.data();
      body.size = piece_.size();
      co_await http::async_read_some(stream, buffer_, response, redirect_error(use_awaitable, error));
      if (error == http::error::need_buffer) error = {};
      const std::size_t got = piece_.size() - body.size;
      if (got > 0) co_return std::string_view(piece_.data(), got);
      if (error) break;
    }
    co_return std::string_view();
  }

  template <typename Stream>
  asio::awaitable<void> read_refusal(Stream& stream, http::response_parser<http::buffer_body>& response) {
    const unsigned status = response.get().result_int();
    const auto header = response.get()[http::field::retry_after];
    const auto pause = retry_after(std::string(header));
    error_code error;
    const std::string body = co_await read_all(stream, response, error, kMostOfARefusal);
    std::string text = fmt::format("{} refuses: {}", place(), error_text(static_cast<int>(status), body));
    if (status == 401 || status == 403) text += "; is the API key right?";
    if (status == 404) text += "; is it an OpenAI-compatible server, and does it have this model?";
    fail(std::move(text), is_busy(status));
    outcome_.pause = pause;
  }

  // A server that does not stream.
  template <typename Stream>
  asio::awaitable<void> read_whole(Stream& stream, http::response_parser<http::buffer_body>& response) {
    error_code error;
    const std::string body = co_await read_all(stream, response, error, kMostOfAnAnswer);
    if (error) co_return fail(fmt::format("{} broke off: {}", place(), reason(error)), true);
    const auto chunk = parse_chunk(body);
    if (!chunk) co_return fail(fmt::format("{}: {}", place(), chunk.error().message), false);
    take_(chunk->content);
  }

  template <typename Stream>
  asio::awaitable<std::string> read_all(Stream& stream, http::response_parser<http::buffer_body>& response,
                                        error_code& error, std::size_t most) {
    std::string body;
    for (;;) {
      const std::string_view got = co_await read_some(stream, response, error);
      if (got.empty() || body.size() + got.size() > most) co_return body;
      body += got;
    }
  }

  template <typename Stream>
  asio::awaitable<void> read_events(Stream& stream, beast::tcp_stream& socket,
                                    http::response_parser<http::buffer_body>& response) {
    SseReader events;
    for (;;) {
      error_code error;
      const std::string_view got = co_await read_some(stream, response, error);
      if (got.empty()) {
        if (!finished_) fail(broken_off(error), taken_ == 0);
        co_return;
      }
      if (!events.feed(got)) co_return fail(place() + " sends an event without an end", false);
      while (const auto event = events.next()) {
        if (!take_event(*event)) co_return;
        socket.expires_after(taken_ > 0 ? config_.idle_time : config_.first_token_time);  // comments prolong nothing
      }
    }
  }

  // False: this was the last one.
  bool take_event(const std::string& data) {
    if (data == "[DONE]") return finished_ = true, false;
    const auto chunk = parse_chunk(data);
    if (!chunk) return fail(fmt::format("{}: {}", place(), chunk.error().message), false), false;
    finished_ = finished_ || chunk->finished;
    if (chunk->content.empty()) return true;
    taken_ += chunk->content.size();
    if (taken_ > kMostOfAnAnswer) return fail(place() + " does not come to an end", false), false;
    return take_(chunk->content);
  }

  std::string broken_off(const error_code& error) const {
    if (error == beast::error::timeout) return fmt::format("{} has stalled in mid-answer", place());
    return fmt::format("{} broke off in mid-answer", place());
  }

  static std::string reason(const error_code& error) {
    return error == beast::error::timeout ? "it takes too long" : error.message();
  }

  std::string place() const { return fmt::format("{}:{}", url_.host, url_.port); }

  // A server may repeat what it was sent.
  std::string without_key(std::string text) const {
    const std::string& key = config_.api_key;
    for (std::size_t at = 0; !key.empty() && (at = text.find(key, at)) != std::string::npos;)
      text.replace(at, key.size(), kHidden);
    return text;
  }

  void fail(std::string text, bool again) {
    outcome_ = {Error{"server", without_key(std::move(text))}, again && taken_ == 0};
  }

  const HttpModelConfig& config_;
  const HttpUrl& url_;
  const TakePiece& take_;
  Outcome outcome_;
  std::size_t taken_ = 0;  // bytes of the answer
  bool finished_ = false;  // the server has said so
  std::array<char, kReadBytes> piece_{};
  beast::flat_buffer buffer_;
  asio::io_context context_{1};
};

class HttpModel final : public LanguageModel {
 public:
  HttpModel(HttpModelConfig config, HttpUrl url) : config_(std::move(config)), url_(std::move(url)) {}

  int context_tokens() const override { return config_.context; }

  Status answer(const ChatRequest& request, const TakePiece& take, const std::stop_token& stop) override {
    const std::string body = request_body(request, config_.model);
    Duration pause = config_.first_pause;
    for (int left = config_.retries;; --left) {
      Outcome outcome = Exchange(config_, url_, take).run(body, stop);
      if (!outcome.again || left == 0) return outcome.status;
      const Duration wait = outcome.pause.value_or(pause);
      if (wait > config_.longest_pause || !rest(wait, stop)) return outcome.status;
      pause *= 2;
    }
  }

 private:
  // False: stopped.
  static bool rest(Duration time, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any never;
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, time, [] { return false; });
    return !stop.stop_requested();
  }

  const HttpModelConfig config_;
  const HttpUrl url_;
};

}  // namespace

Result<std::unique_ptr<LanguageModel>> http_model(HttpModelConfig config) {
  auto url = parse_url(config.url);
  if (!url) return std::unexpected(url.error());
  return std::make_unique<HttpModel>(std::move(config), std::move(*url));
}

}  // namespace sluice::llm
