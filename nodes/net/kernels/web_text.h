// The small text codings of the web: request targets, percent-encoding, base64, URLs.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::net {

/// A request target split at its question mark, both parts still percent-encoded.
struct Target {
  std::string_view path;
  std::string_view query;
};

/// Splits origin-form ("/a?b") and absolute-form ("http://host/a?b") targets (RFC 9112, 3.2). A fragment is dropped.
Target split_target(std::string_view target);

/// The value of `key` in a query ("a=1&b=2"), still percent-encoded; the first wins. Nothing when absent.
std::optional<std::string_view> query_value(std::string_view query, std::string_view key);

/// Percent-encoding of all but the unreserved characters (RFC 3986, 2.3).
std::string percent_encode(std::string_view text);

/// Undoes percent-encoding; nothing when a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decode(std::string_view text);

/// Base64 with padding (RFC 4648, section 4).
std::string base64(std::string_view text);

/// scheme://[user[:password]@]host[:port][/path]. User and password are percent-decoded, the rest is as written.
struct Url {
  std::string scheme, user, password, host, path;
  std::uint16_t port = 0;  // 0: not given
};

/// Parses a URL. The error says what is wrong and never repeats the password.
std::expected<Url, std::string> parse_url(std::string_view text);

/// `text` with everything between "://" and the last '@' of the authority replaced by "***", URL or not:
/// what may be printed or logged.
std::string scrub_url(std::string_view text);

}  // namespace sluice::net
