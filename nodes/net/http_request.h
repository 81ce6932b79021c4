// The request side of HTTP/1.x: bytes from a stranger in, a checked Request or a precise refusal out.
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>

namespace sluice::net {

constexpr std::size_t kMaxHeaderBytes = 8 * 1024;  // request line and header fields together
constexpr std::size_t kMaxTargetBytes = 2 * 1024;

enum class Method { get, head, options };

struct Request {
  Method method = Method::get;
  std::string path;    // percent-decoded, begins with '/'; "*" for OPTIONS of the whole server
  std::string host;    // Host field without its port, lower case; empty when not sent (HTTP/1.0)
  std::string origin;  // Origin field; empty when not sent
  bool icy_metadata = false;
  std::optional<std::chrono::milliseconds> burst;  // ?burst=ms
};

struct HttpError {
  int status = 400;
  std::string message;  // one sentence for a person; holds nothing the client sent
};

/// Length of the request head at the front of `received` (through its empty line); 0 while it is not complete.
/// `searched` bytes are known not to hold its end.
std::size_t request_head_length(std::span<const char> received, std::size_t searched = 0);

/// Why an unfinished head of `received` bytes can no longer become a request (414, 431); nothing while it can.
std::optional<HttpError> head_too_large(std::span<const char> received);

/// Parses one complete request head. Errors: 400, 405, 414, 431, 505. Never throws on any input.
/// Thread-safe: yes.
std::expected<Request, HttpError> parse_request(std::span<const char> head);

}  // namespace sluice::net
