#include "nodes/llm/http_url.h"

#include <algorithm>
#include <charconv>

namespace sluice::llm {
namespace {

constexpr std::string_view kPlain = "http://", kTls = "https://";

bool is_port(std::string_view text) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() && port > 0 && port < 65536;
}

std::string completions_below(std::string_view base) {
  constexpr std::string_view kCompletions = "/chat/completions";
  while (base.ends_with('/')) base.remove_suffix(1);
  if (base.ends_with(kCompletions)) return std::string(base);
  return std::string(base) + (base.ends_with("/v1") ? "" : "/v1") + std::string(kCompletions);
}

}  // namespace

bool is_url(std::string_view text) {
  return text.find("://") != text.npos;
}

Result<HttpUrl> parse_url(std::string_view text) {
  const auto wrong = [&](const char* what) { return std::unexpected(Error{"url", std::string(what)}); };
  HttpUrl url;
  url.tls = text.starts_with(kTls);
  if (!url.tls && !text.starts_with(kPlain)) return wrong("begins with neither http:// nor https://");
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '"'; }))
    return wrong("has a space in it");
  text.remove_prefix(url.tls ? kTls.size() : kPlain.size());
  const auto slash = text.find('/');
  std::string_view place = text.substr(0, slash);
  if (place.find('@') != place.npos) return wrong("has a password in it: put the key into an environment variable");
  if (place.starts_with('[')) {
    const auto end = place.find(']');
    if (end == place.npos) return wrong("has no ']' after its IPv6 address");
    url.host = place.substr(1, end - 1);
    place.remove_prefix(end + 1);
  } else {
    url.host = place.substr(0, place.find(':'));
    place.remove_prefix(url.host.size());
  }
  if (url.host.empty()) return wrong("names no host");
  url.port = url.tls ? "443" : "80";
  if (!place.empty()) {
    if (place.front() != ':' || !is_port(place.substr(1))) return wrong("has a port that is none (1..65535)");
    url.port = place.substr(1);
  }
  url.path = completions_below(slash == text.npos ? std::string_view() : text.substr(slash));
  return url;
}

}  // namespace sluice::llm
