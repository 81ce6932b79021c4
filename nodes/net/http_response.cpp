#include "nodes/net/http_response.h"

#include <fmt/format.h>

#include <iterator>

#include "nodes/net/kernels/icy.h"
#include "nodes/net/kernels/web_text.h"

namespace sluice::net {
namespace {

constexpr std::string_view kAllow = "GET, HEAD, OPTIONS";
constexpr std::size_t kMaxFieldBytes = 256;

std::string_view reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 414:
      return "URI Too Long";
    case 421:
      return "Misdirected Request";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

bool loopback_name(std::string_view host) {
  return host == "localhost" || host == "::1" || host == "127.0.0.1" || host.ends_with(".localhost");
}

std::string common_head(int status, std::string_view allow_origin) {
  auto head = fmt::format(
      "HTTP/1.1 {} {}\r\n"
      "Server: Sluice\r\n"
      "Connection: close\r\n"
      "Cache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\n"
      "Vary: Origin\r\n",
      status, reason(status));
  if (!allow_origin.empty()) {
    fmt::format_to(std::back_inserter(head),
                   "Access-Control-Allow-Origin: {}\r\n"
                   "Access-Control-Expose-Headers: icy-br, icy-description, icy-genre, icy-metaint, icy-name\r\n",
                   allow_origin);
  }
  return head;
}

// A header field of free text: one clean line, so that nothing in it can end the field.
void add_field(std::string& head, std::string_view name, std::string_view text) {
  if (!text.empty()) fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, clean_utf8(text, kMaxFieldBytes));
}

}  // namespace

bool AccessPolicy::serves_host(std::string_view host) const {
  return published || host.empty() || loopback_name(host);
}

std::string AccessPolicy::allowed_origin(std::string_view origin) const {
  if (published) return "*";
  const auto url = parse_url(origin);
  return url && loopback_name(url->host) && clean_utf8(origin) == origin ? std::string{origin} : std::string{};
}

std::string stream_head(const StreamHeader& stream, std::string_view allow_origin) {
  auto head = common_head(200, allow_origin);
  add_field(head, "Content-Type", stream.content_type);
  add_field(head, "icy-name", stream.name);
  add_field(head, "icy-genre", stream.genre);
  add_field(head, "icy-description", stream.description);
  if (stream.bitrate_kbps > 0) add_field(head, "icy-br", std::to_string(stream.bitrate_kbps));
  if (stream.meta_interval > 0) add_field(head, "icy-metaint", std::to_string(stream.meta_interval));
  return head + "\r\n";
}

std::string event_stream_head(std::string_view allow_origin) {
  return common_head(200, allow_origin) + "Content-Type: text/event-stream\r\n\r\n";
}

std::string document(int status, std::string_view content_type, std::string_view body, std::string_view allow_origin,
                     bool head_only, std::string_view extra) {
  auto text = common_head(status, allow_origin);
  fmt::format_to(std::back_inserter(text), "Content-Type: {}\r\nContent-Length: {}\r\n{}\r\n", content_type,
                 body.size(), extra);
  if (!head_only) text += body;
  return text;
}

std::string refusal(const HttpError& error, std::string_view allow_origin, bool head_only) {
  const auto extra = error.status == 405 ? fmt::format("Allow: {}\r\n", kAllow) : std::string{};
  return document(error.status, "text/plain; charset=utf-8", error.message + "\n", allow_origin, head_only, extra);
}

std::string options_response(std::string_view allow_origin) {
  auto head = common_head(204, allow_origin);
  fmt::format_to(std::back_inserter(head), "Allow: {}\r\n", kAllow);
  if (!allow_origin.empty()) {
    fmt::format_to(std::back_inserter(head),
                   "Access-Control-Allow-Methods: {}\r\n"
                   "Access-Control-Allow-Headers: Icy-MetaData, Range\r\n"
                   "Access-Control-Max-Age: 86400\r\n",
                   kAllow);
  }
  return head + "\r\n";
}

}  // namespace sluice::net
