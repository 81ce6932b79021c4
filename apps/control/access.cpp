#include "apps/control/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "apps/control/address.h"
#include "apps/control/page.h"
#include "nodes/net/kernels/web_text.h"

namespace sluice::control {
namespace {

constexpr std::size_t kShortestToken = 16;  // characters: 64 bits when it is hexadecimal

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// "LocalHost:8001" -> "localhost", "[::1]:8001" -> "::1".
std::string host_name(std::string_view field) {
  if (field.starts_with('[')) return lower(field.substr(1, std::min(field.find(']'), field.size()) - 1));
  return lower(field.substr(0, field.find(':')));
}

// Browsers name the page's origin in requests that change something, and in WebSockets.
bool same_origin(const Request& request) {
  const std::string origin = lower(request.origin), host = lower(request.host);
  return origin.empty() || origin == "http://" + host || origin == "https://" + host;
}

bool holds_no_data(const Request& request) {
  return request.method == "GET" && find_page_part(request.path);
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t n = 0; n < b.size(); ++n)
    difference |= static_cast<unsigned char>(a.empty() ? 0 : a[n % a.size()]) ^ static_cast<unsigned char>(b[n]);
  return difference == 0;
}

bool Access::knows_token(const Request& request) const {
  constexpr std::string_view kBearer = "bearer ";
  const bool bearer = lower(request.authorization).starts_with(kBearer);
  if (bearer && equal_in_constant_time(token_, std::string_view(request.authorization).substr(kBearer.size())))
    return true;
  const auto value = net::query_value(request.query, "token");
  const auto decoded = value ? net::percent_decode(*value) : std::nullopt;
  return decoded && equal_in_constant_time(token_, *decoded);
}

std::optional<Response> Access::refuse(const Request& request) const {
  if (loopback_ && !request.host.empty() && !is_loopback_name(host_name(request.host)))
    return refusal(421, "this control plane belongs to its machine: use 127.0.0.1 or localhost");
  if (!same_origin(request)) return refusal(403, "pages of other origins may not use this control plane");
  if (token_.empty() || holds_no_data(request) || knows_token(request)) return std::nullopt;
  Response unauthorized = refusal(401, "a token is needed: Authorization: Bearer TOKEN, or ?token=TOKEN");
  unauthorized.fields.emplace_back("WWW-Authenticate", "Bearer");
  return unauthorized;
}

Result<std::string> token_of_environment() {
  const char* origin = "SLUICE_CONTROL_TOKEN";
  std::string token;
  if (const char* value = std::getenv(origin)) {
    token = value;
  } else if (const char* file = std::getenv("SLUICE_CONTROL_TOKEN_FILE")) {
    origin = "SLUICE_CONTROL_TOKEN_FILE";
    std::ifstream stream(file);
    if (!std::getline(stream, token)) return std::unexpected(Error{origin, "the file cannot be read, or is empty"});
  }
  if (token.empty()) return token;
  if (token.size() < kShortestToken)
    return std::unexpected(Error{origin, fmt::format("the token has fewer than {} characters", kShortestToken)});
  if (!std::ranges::all_of(token, [](unsigned char c) { return c > 0x20 && c < 0x7F; }))
    return std::unexpected(Error{origin, "the token holds other characters than visible ASCII"});
  return token;
}

}  // namespace sluice::control
