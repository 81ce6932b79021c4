#include "nodes/net/http_request.h"

#include <algorithm>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <charconv>
#include <string_view>

#include "nodes/net/kernels/web_text.h"

namespace sluice::net {
namespace {

namespace http = boost::beast::http;
using Fields = http::request<http::empty_body>;

std::string_view view(boost::beast::string_view text) {
  return {text.data(), text.size()};
}

std::unexpected<HttpError> refuse(int status, std::string message) {
  return std::unexpected(HttpError{status, std::move(message)});
}

// "LocalHost:8000" -> "localhost", "[::1]:8000" -> "::1".
std::string host_name(std::string_view field) {
  std::string name;
  if (field.starts_with('[')) {
    name = field.substr(1, field.find(']') - 1);
  } else {
    name = field.substr(0, field.find(':'));
  }
  std::ranges::transform(name, name.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return name;
}

std::expected<Method, HttpError> known_method(http::verb verb) {
  switch (verb) {
    case http::verb::get:
      return Method::get;
    case http::verb::head:
      return Method::head;
    case http::verb::options:
      return Method::options;
    default:
      return refuse(405, "This server answers GET, HEAD and OPTIONS.");
  }
}

std::expected<std::optional<std::chrono::milliseconds>, HttpError> burst_of(std::string_view query) {
  const auto text = query_value(query, "burst");
  if (!text) return std::nullopt;
  constexpr unsigned kAnHour = 3'600'000;  // far beyond any history; keeps later arithmetic small
  unsigned ms = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), ms);
  if (error == std::errc::invalid_argument || end != text->data() + text->size()) {
    return refuse(400, "burst is a whole number of milliseconds, as in /live.mp3?burst=500.");
  }
  return std::chrono::milliseconds(error == std::errc{} ? std::min(ms, kAnHour) : kAnHour);
}

std::expected<Request, HttpError> checked(const Fields& fields) {
  const auto method = known_method(fields.method());
  if (!method) return std::unexpected(method.error());
  const auto raw_target = view(fields.target());
  if (raw_target.size() > kMaxTargetBytes) return refuse(414, "The request target is too long.");
  const auto target = split_target(raw_target);
  const auto path = percent_decode(target.path);
  if (!path || path->find('\0') != std::string::npos) return refuse(400, "The path is not properly percent-encoded.");
  if (!path->starts_with('/') && !(*path == "*" && *method == Method::options)) {
    return refuse(400, "The request target must begin with a slash.");
  }
  const auto burst = burst_of(target.query);
  if (!burst) return std::unexpected(burst.error());
  return Request{.method = *method,
                 .path = *path,
                 .host = host_name(view(fields[http::field::host])),
                 .origin = std::string{view(fields[http::field::origin])},
                 .icy_metadata = view(fields["Icy-MetaData"]) == "1",
                 .burst = *burst};
}

}  // namespace

std::size_t request_head_length(std::span<const char> received, std::size_t searched) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  const std::size_t from = searched < kEnd.size() ? 0 : searched - (kEnd.size() - 1);
  const auto at = std::string_view{received.data(), received.size()}.find(kEnd, from);
  return at == std::string_view::npos ? 0 : at + kEnd.size();
}

std::optional<HttpError> head_too_large(std::span<const char> received) {
  const bool in_first_line = std::ranges::find(received, '\n') == received.end();
  if (in_first_line && received.size() > kMaxTargetBytes + 64) return HttpError{414, "The request target is too long."};
  if (received.size() >= kMaxHeaderBytes) return HttpError{431, "The request header is larger than 8 KiB."};
  return {};
}

std::expected<Request, HttpError> parse_request(std::span<const char> head) {
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kMaxHeaderBytes);
  boost::beast::error_code error;
  parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (error == http::error::header_limit) return refuse(431, "The request header is larger than 8 KiB.");
  if (error == http::error::bad_version) return refuse(505, "This server speaks HTTP/1.0 and HTTP/1.1.");
  const bool only_body_missing = error == http::error::need_more || error == http::error::unexpected_body;
  if ((error && !only_body_missing) || !parser.is_header_done()) return refuse(400, "This is not an HTTP request.");
  return checked(parser.get());
}

}  // namespace sluice::net
