#include "apps/control/http_client.h"

#include <utility>  // before Asio's coroutines: Boost 1.74 uses std::exchange without including it

#include <fmt/format.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace sluice::control {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMaxAnswer = 64 * 1024 * 1024;

http::request<http::string_body> message_of(const Address& address, const Call& call) {
  http::request<http::string_body> message(http::verb::get, call.target, 11);
  message.method_string(call.method);
  message.set(http::field::host, address.text());
  message.set(http::field::user_agent, "sluice");
  message.set(http::field::connection, "close");
  if (!call.token.empty()) message.set(http::field::authorization, "Bearer " + call.token);
  if (!call.content_type.empty()) message.set(http::field::content_type, call.content_type);
  message.body() = call.body;
  message.prepare_payload();
  return message;
}

asio::awaitable<void> exchange(asio::io_context& context, const Address& address, const Call& call, Answer& answer,
                               error_code& error) {
  tcp::resolver resolver(context);
  const auto places =
      co_await resolver.async_resolve(address.host, std::to_string(address.port), redirect_error(use_awaitable, error));
  if (error) co_return;
  beast::tcp_stream stream(context);
  stream.expires_after(call.time);
  co_await stream.async_connect(places, redirect_error(use_awaitable, error));
  const auto message = message_of(address, call);
  if (!error) co_await http::async_write(stream, message, redirect_error(use_awaitable, error));
  if (error) co_return;
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(kMaxAnswer);
  co_await http::async_read(stream, buffer, parser, redirect_error(use_awaitable, error));
  if (error) co_return;
  answer = {static_cast<int>(parser.get().result_int()), parser.get().body()};
}

}  // namespace

Result<Answer> call(const Address& address, const Call& call) {
  asio::io_context context{1};
  Answer answer;
  error_code error;
  asio::co_spawn(context, exchange(context, address, call, answer, error), asio::detached);
  context.run();
  if (!error) return answer;
  const bool refused = error == asio::error::connection_refused;
  return std::unexpected(Error{
      address.text(), refused
                          ? "no control plane there; start the graph with --control, as in: sluice run GRAPH --control"
                          : fmt::format("no answer: {}", error.message())});
}

}  // namespace sluice::control
