#include "apps/control/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>

namespace sluice::control {
namespace {

constexpr std::string_view kScheme = "http://";

Error malformed(std::string_view text) {
  return {"--control", fmt::format("'{}' is not of the form [ADDRESS:]PORT, as in 8001 or 0.0.0.0:8001", text)};
}

bool plain_name(std::string_view host) {
  for (const char c : host)
    if (!(std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_')) return false;
  return !host.empty();
}

bool ipv6(const std::string& host) {
  in6_addr ignored;
  return ::inet_pton(AF_INET6, host.c_str(), &ignored) == 1;
}

}  // namespace

bool is_loopback_name(std::string_view host) {
  in_addr v4;
  if (::inet_pton(AF_INET, std::string(host).c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == 127;
  return host == "localhost" || host == "::1" || host.ends_with(".localhost");
}

std::string Address::text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<Address> parse_address(std::string_view text) {
  Address address;
  if (text.empty()) return address;
  std::string_view rest = text;
  if (rest.starts_with(kScheme)) {
    rest.remove_prefix(kScheme.size());
    if (rest.ends_with('/')) rest.remove_suffix(1);
  }
  const std::size_t colon = rest.rfind(':');
  if (colon != std::string_view::npos) {
    std::string_view host = rest.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    address.host = host;
    if (bracketed ? !ipv6(address.host) : !plain_name(host)) return std::unexpected(malformed(text));
    rest.remove_prefix(colon + 1);
  }
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), address.port);
  if (rest.empty() || error != std::errc{} || end != rest.data() + rest.size()) return std::unexpected(malformed(text));
  return address;
}

}  // namespace sluice::control
