#include "nodes/net/icecast_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "nodes/net/kernels/icy.h"
#include "nodes/net/kernels/web_text.h"

namespace sluice::net {
namespace {

constexpr std::size_t kMaxFieldBytes = 256;
constexpr std::uint16_t kDefaultPort = 8000;  // Icecast's

std::string authorization(const IcecastConfig& config) {
  return fmt::format("Authorization: Basic {}\r\n", base64(config.user + ":" + config.password));
}

void add_field(std::string& head, std::string_view name, std::string_view text) {
  if (!text.empty()) fmt::format_to(std::back_inserter(head), "{}: {}\r\n", name, clean_utf8(text, kMaxFieldBytes));
}

std::string host_field(const IcecastConfig& config) {
  const bool v6 = config.host.find(':') != std::string::npos;
  return fmt::format("Host: {}:{}\r\n", v6 ? "[" + config.host + "]" : config.host, config.port);
}

// "HTTP/1.0 403 Mountpoint in use" -> "Mountpoint in use".
std::string reason_of(std::string_view head) {
  const auto line = head.substr(0, head.find('\r'));
  const auto code = line.find(' ');
  const auto reason = code == std::string_view::npos ? code : line.find(' ', code + 1);
  return reason == std::string_view::npos ? "" : clean_utf8(line.substr(reason + 1), 100);
}

}  // namespace

std::string put_request(const IcecastConfig& config, const std::optional<Mp3Frame>& stream) {
  auto head = fmt::format("PUT {} HTTP/1.1\r\n{}{}", config.mount, host_field(config), authorization(config));
  head += "User-Agent: Sluice\r\nContent-Type: audio/mpeg\r\nExpect: 100-continue\r\n";
  fmt::format_to(std::back_inserter(head), "ice-public: {}\r\n", config.listed ? 1 : 0);
  add_field(head, "ice-name", config.name);
  add_field(head, "ice-genre", config.genre);
  add_field(head, "ice-description", config.description);
  add_field(head, "ice-url", config.url);
  if (stream) {
    fmt::format_to(std::back_inserter(head),
                   "ice-bitrate: {0}\r\nice-audio-info: bitrate={0};channels={1};samplerate={2}\r\n",
                   stream->bitrate_kbps, stream->channels, stream->sample_rate_hz);
  }
  return head + "\r\n";
}

std::string title_request(const IcecastConfig& config, std::string_view title) {
  return fmt::format(
      "GET /admin/metadata?mode=updinfo&mount={}&charset=UTF-8&song={} HTTP/1.0\r\n{}{}User-Agent: Sluice\r\n\r\n",
      percent_encode(config.mount), percent_encode(clean_utf8(title)), host_field(config), authorization(config));
}

int response_status(std::string_view head) {
  const auto code = head.find(' ');
  if (!head.starts_with("HTTP/1.") || code == std::string_view::npos) return 0;
  int status = 0;
  const auto [end, error] = std::from_chars(head.data() + code + 1, head.data() + head.size(), status);
  return error == std::errc{} && status >= 100 && status < 600 ? status : 0;
}

std::string refusal_text(std::string_view head) {
  const int status = response_status(head);
  if (status == 0) return "what answers there is not an Icecast server";
  if (status == 401) return "the password is wrong (401)";
  const auto reason = reason_of(head);
  if (status == 403 && reason.find("in use") != std::string::npos) return "the mount is in use by another source (403)";
  return fmt::format("the server refuses the stream ({} {})", status, reason);
}

std::string mount_problem(std::string_view mount) {
  const bool clean = std::ranges::all_of(mount, [](char c) { return c > ' ' && c < 0x7F && c != '?' && c != '#'; });
  if (mount.size() > 1 && mount.starts_with('/') && clean) return {};
  return "a mount is a path such as /live.mp3, without spaces";
}

Result<IcecastConfig> icecast_config(std::string_view text) {
  const auto wrong = [](std::string message) { return std::unexpected(Error{"url", std::move(message)}); };
  const auto url = parse_url(text);
  if (!url) return wrong(url.error());
  if (url->scheme != "icecast" && url->scheme != "http")
    return wrong("the scheme must be icecast, as in icecast://host:8000/live.mp3");
  if (const auto problem = mount_problem(url->path); !problem.empty()) return wrong(problem);
  const bool clean_host = std::ranges::all_of(url->host, [](char c) { return c > ' ' && c < 0x7F; });
  if (!clean_host) return wrong("a host name has no spaces and only ASCII letters");
  IcecastConfig config{.host = url->host, .port = url->port > 0 ? url->port : kDefaultPort, .mount = url->path};
  if (!url->user.empty()) config.user = url->user;
  config.password = url->password;
  return config;
}

}  // namespace sluice::net
