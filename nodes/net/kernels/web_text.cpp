#include "nodes/net/kernels/web_text.h"

#include <algorithm>
#include <charconv>

namespace sluice::net {
namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// [begin, end) of the authority of "scheme://authority/..." in `text`; nothing without "://".
struct Range {
  std::size_t begin, end;
};
std::optional<Range> authority(std::string_view text) {
  const auto slashes = text.find("://");
  if (slashes == std::string_view::npos) return {};
  const auto begin = slashes + 3;
  return Range{begin, std::min(text.size(), text.find_first_of("/?#", begin))};
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return {};
  return port;
}

// host[:port], the host an IPv6 literal in brackets if it holds colons.
std::expected<void, std::string> parse_host(std::string_view text, Url& url) {
  const auto bracket = text.find(']');
  const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  url.host = text.substr(0, colon);
  if (url.host.size() > 2 && url.host.front() == '[' && url.host.back() == ']') {
    url.host = url.host.substr(1, url.host.size() - 2);
  }
  if (url.host.empty()) return std::unexpected("the URL names no host");
  if (colon == std::string_view::npos) return {};
  const auto port = parse_port(text.substr(colon + 1));
  if (!port) return std::unexpected("the port must be a number from 1 to 65535");
  url.port = *port;
  return {};
}

std::expected<void, std::string> parse_credentials(std::string_view text, Url& url) {
  const auto colon = text.find(':');
  const auto user = percent_decode(text.substr(0, colon));
  const auto password = percent_decode(colon == std::string_view::npos ? "" : text.substr(colon + 1));
  if (!user || !password) return std::unexpected("a '%' before the '@' is not followed by two hexadecimal digits");
  url.user = *user;
  url.password = *password;
  return {};
}

}  // namespace

Target split_target(std::string_view target) {
  target = target.substr(0, target.find('#'));
  if (!target.starts_with('/')) {
    const auto range = authority(target);
    if (range) target = target.substr(range->end);
  }
  const auto question = target.find('?');
  if (question == std::string_view::npos) return {target.empty() ? "/" : target, {}};
  return {question == 0 ? "/" : target.substr(0, question), target.substr(question + 1)};
}

std::optional<std::string_view> query_value(std::string_view query, std::string_view key) {
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (pair.substr(0, equals) != key) continue;
    return equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
  }
  return {};
}

std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    if (unreserved(c)) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHexDigits[byte >> 4];
    encoded += kHexDigits[byte & 15];
  }
  return encoded;
}

std::optional<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      decoded += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return {};
    const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
    if (high < 0 || low < 0) return {};
    decoded += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return decoded;
}

std::string base64(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string encoded;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    const auto byte = [&](std::size_t k) { return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u; };
    const unsigned group = byte(0) << 16 | byte(1) << 8 | byte(2);
    const std::size_t characters = std::min<std::size_t>(4, text.size() - i + 1);
    for (std::size_t k = 0; k < 4; ++k) encoded += k < characters ? kAlphabet[group >> (18 - 6 * k) & 63] : '=';
  }
  return encoded;
}

std::expected<Url, std::string> parse_url(std::string_view text) {
  const auto range = authority(text);
  if (!range) return std::unexpected("a URL looks like icecast://host:8000/mount");
  Url url;
  url.scheme = text.substr(0, range->begin - 3);
  url.path = text.substr(range->end);
  auto host = text.substr(range->begin, range->end - range->begin);
  if (const auto at = host.rfind('@'); at != std::string_view::npos) {
    if (const auto parsed = parse_credentials(host.substr(0, at), url); !parsed) return std::unexpected(parsed.error());
    host = host.substr(at + 1);
  }
  if (const auto parsed = parse_host(host, url); !parsed) return std::unexpected(parsed.error());
  return url;
}

std::string scrub_url(std::string_view text) {
  // A password may hold an unescaped '/', '?' or '#': look for the '@' behind the authority too.
  const auto slashes = text.find("://");
  const auto begin = slashes == std::string_view::npos ? 0 : slashes + 3;
  const auto at = text.rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string{text};
  return std::string{text.substr(0, begin)} + "***" + std::string{text.substr(at)};
}

}  // namespace sluice::net
