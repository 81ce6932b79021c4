// icecast.source: sends an MP3 stream to an Icecast server, which passes it on to the world (icecast_source.h).
// The graph runs whether the server is there or not; the node says on stderr what becomes of the connection.
// The password comes from the environment, a file or the URL, and is never shown.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "engine/node/node.h"
#include "nodes/net/icecast_source.h"

namespace sluice::net {
namespace {

constexpr std::size_t kMaxPassword = 1024;

// The first line of the file.
Result<std::string> read_password(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line))
    return std::unexpected(Error{"password_file", "cannot read a line from " + path});
  if (line.ends_with('\r')) line.pop_back();
  if (line.empty() || line.size() > kMaxPassword)
    return std::unexpected(Error{"password_file", "no password in " + path});
  return line;
}

class IcecastSourceNode final : public Node {
 public:
  In<Packet<"mp3">> in{*this, "in", "MP3 frames, one a block"};

  Param<std::string> url{*this,
                         "url",
                         {.default_value = "icecast://localhost:8000/live.mp3",
                          .doc = "icecast://[user@]host[:port]/mount; user: source"}};
  Param<std::string> password_env{
      *this,
      "password_env",
      {.default_value = "ICECAST_PASSWORD", .doc = "environment variable that holds the source password"}};
  Param<std::string> password_file{
      *this,
      "password_file",
      {.default_value = "", .doc = "file whose first line is the password; goes before the variable"}};
  Param<std::string> name{*this, "name", {.default_value = "Sluice", .doc = "what the station is called"}};
  Param<std::string> genre{*this, "genre", {.default_value = "", .doc = "as directories list it"}};
  Param<std::string> description{*this, "description", {.default_value = "", .doc = "one line about the station"}};
  Param<std::string> homepage{*this, "homepage", {.default_value = "", .doc = "the station's web page"}};
  Param<std::string> title{*this, "title", {.default_value = "", .doc = "what plays now"}};
  Param<bool> listed{*this, "public", {.default_value = false, .doc = "let directories list the stream"}};
  Param<double> max_queue{*this,
                          "max_queue",
                          {.unit = "s",
                           .default_value = 2,
                           .min = 0.1,
                           .max = 10,
                           .doc = "when more than this waits for the server, it goes on at the newest frame"}};

  Counter connected{*this, "connected", "1 while the server takes the stream"};
  Counter connections{*this, "connections", "made since the start"};
  Counter frames{*this, "frames", "handed to the server's socket"};
  Counter skips{*this, "skips", "times it moved forward because the server took too little"};
  Counter frames_lost{*this, "frames_lost", "frames the network thread was too late for"};
  Counter bytes_sent{*this, "bytes_sent", "to the server"};

  Traits traits() const override { return {.hands_over = true}; }

  Status configure() override {
    const auto config = icecast_config(url.value());
    if (!config) return config.error();
    return {};
  }

  Status prepare() override {
    auto config = icecast_config(url.value());
    if (!config) return config.error();
    if (const auto found = find_password(*config); !found) return found.error();
    config->name = name.value();
    config->genre = genre.value();
    config->description = description.value();
    config->url = homepage.value();
    config->title = title.value();
    config->listed = listed;
    config->max_queue = std::chrono::round<std::chrono::milliseconds>(from_seconds(max_queue));
    const auto place = fmt::format("icecast {}:{}{}", config->host, config->port, config->mount);
    const char* fresh_line =
        ::isatty(STDERR_FILENO) ? "\r\033[K" : "";  // over a status line that a program shows there
    config->on_state = [place, fresh_line](const std::string& state) {
      fmt::print(stderr, "{}{}: {}\n", fresh_line, place, state);
    };
    config->on_handed_over = [this](Time capture) { host().handed_over(capture); };
    source_ = std::make_unique<IcecastSource>(std::move(*config));
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      if (block->has(kRewrite)) continue;  // corrects the head of a file; a stream has none
      const auto bytes = block->bytes();
      source_->publish({.bytes = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                        .capture_time = block->header.capture_time,
                        .independent = block->has(kIndependent),
                        .discontinuity = in.gap()});
    }
    show_counters();
  }

  void stop() override {
    if (source_) show_counters();
    source_.reset();
  }

 private:
  // A password in the URL wins, then the file, then the environment.
  Status find_password(IcecastConfig& config) const {
    if (!config.password.empty()) return {};
    if (!password_file.value().empty()) {
      auto password = read_password(password_file.value());
      if (!password) return password.error();
      config.password = std::move(*password);
      return {};
    }
    const char* const password = std::getenv(password_env.value().c_str());
    if (!password || !*password) {
      return Error{"password_env", fmt::format("no source password: set the environment variable {}, or password_file",
                                               password_env.value())};
    }
    config.password = password;
    return {};
  }

  void show_counters() noexcept {
    const auto& now = source_->counters();
    const auto show = [](Counter& counter, const auto& value) {
      counter.set(static_cast<double>(value.load(std::memory_order_relaxed)));
    };
    show(connected, now.connected);
    show(connections, now.connections);
    show(frames, now.frames);
    show(skips, now.skips);
    show(frames_lost, now.frames_lost);
    show(bytes_sent, now.bytes_sent);
  }

  std::unique_ptr<IcecastSource> source_;
};

}  // namespace

REGISTER_NODE(IcecastSourceNode, "icecast.source", "sends an MP3 stream to an Icecast server and reconnects by itself")

}  // namespace sluice::net
