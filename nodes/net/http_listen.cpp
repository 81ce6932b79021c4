// http.listen: an MP3 stream on a small public HTTP server, for any number of listeners, with a player page at "/".
// Several of these nodes may share one port, each with its own mount. The graph's thread only copies a frame into a
// queue; one network thread serves the listeners (stream_server.h). Latency is taken when a frame's bytes are first
// handed to a listener's socket; while nobody takes any, when they are ready for one.
#include <fmt/format.h>

#include "engine/node/node.h"
#include "nodes/net/stream_server.h"

namespace sluice::net {
namespace {

std::chrono::milliseconds to_ms(double seconds) {
  return std::chrono::round<std::chrono::milliseconds>(from_seconds(seconds));
}

class HttpListen final : public Node {
 public:
  In<Packet<"mp3">> in{*this, "in", "MP3 frames, one a block"};

  Param<int> port{
      *this, "port", {.default_value = 8000, .min = 0, .max = 65535, .doc = "TCP port; 0 takes any free one"}};
  Param<std::string> bind{
      *this,
      "bind",
      {.default_value = "127.0.0.1",
       .doc = "address to listen on; loopback keeps the stream on this machine, 0.0.0.0 serves all"}};
  Param<std::string> mount{*this, "mount", {.default_value = "/live.mp3", .doc = "path of the stream"}};
  Param<std::string> name{*this, "name", {.default_value = "Sluice", .doc = "what the station is called"}};
  Param<std::string> title{*this, "title", {.default_value = "", .doc = "what plays now"}};
  Param<std::string> genre{*this, "genre", {.default_value = "", .doc = "as directories list it"}};
  Param<std::string> description{*this, "description", {.default_value = "", .doc = "one line about the station"}};
  Param<double> burst{
      *this,
      "burst",
      {.unit = "s", .default_value = 0.5, .min = 0, .max = 10, .doc = "what a new listener gets at once; ?burst=ms"}};
  Param<double> max_lag{*this,
                        "max_lag",
                        {.unit = "s",
                         .default_value = 5,
                         .min = 0.1,
                         .max = 10,
                         .doc = "a listener further behind its burst is moved forward"}};
  Param<int> max_listeners{
      *this, "max_listeners", {.default_value = 4096, .min = 1, .max = 100'000, .doc = "places on this mount"}};
  Param<bool> published{
      *this,
      "public",
      {.default_value = false, .doc = "serve a loopback address to pages and names of elsewhere: behind a proxy"}};

  Counter listeners{*this, "listeners", "connected now"};
  Counter listeners_total{*this, "listeners_total", "connected since the start"};
  Counter stalled{*this, "listeners_stalled", "closed because they took nothing for 30 s"};
  Counter skips{*this, "skips", "times a slow listener was moved forward"};
  Counter frames_lost{*this, "frames_lost", "frames the network thread was too late for"};
  Counter bytes_sent{*this, "bytes_sent", "to all listeners"};
  Counter open_port{*this, "port", "TCP port in use"};

  Traits traits() const override { return {.hands_over = true}; }

  Status configure() override { return {}; }

  // The listeners stay: they hear the node that comes from where this one has ended.
  std::string exclusive() const override {
    return port == 0 ? "" : fmt::format("{} on {} port {}", mount.value(), bind.value(), port.value());
  }
  bool release() override {
    mount_->release(true);
    return true;
  }
  Status regain() override {
    mount_->release(false);
    return {};
  }

  Status prepare() override {
    const auto places = static_cast<std::size_t>(max_listeners.value());
    auto server = shared_server({.bind = bind.value(),
                                 .port = static_cast<std::uint16_t>(port.value()),
                                 .published = published,
                                 .max_connections = places + kPlacesForPages});
    if (!server) return server.error();
    auto added = (*server)->add_mount({.path = mount.value(),
                                       .name = name.value(),
                                       .genre = genre.value(),
                                       .description = description.value(),
                                       .title = title.value(),
                                       .burst = to_ms(burst),
                                       .max_lag = to_ms(max_lag),
                                       .max_listeners = places,
                                       .on_handed_over = [this](Time capture) { host().handed_over(capture); }});
    if (!added) return added.error();
    server_ = std::move(*server);
    mount_ = std::move(*added);
    open_port.set(server_->port());
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      if (block->has(kRewrite)) continue;  // corrects the head of a file; a stream has none
      const auto bytes = block->bytes();
      mount_->publish({.bytes = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()},
                       .capture_time = block->header.capture_time,
                       .independent = block->has(kIndependent),
                       .discontinuity = in.gap()});
    }
    show_counters();
  }

  void stop() override {
    if (!server_) return;
    server_->remove_mount(*mount_);
    show_counters();
    server_.reset();
  }

 private:
  static constexpr std::size_t kPlacesForPages = 256;  // connections that ask for the page or the status

  void show_counters() noexcept {
    const auto& now = mount_->counters();
    const auto show = [](Counter& counter, const auto& value) {
      counter.set(static_cast<double>(value.load(std::memory_order_relaxed)));
    };
    show(listeners, now.listeners);
    show(listeners_total, now.listeners_total);
    show(stalled, now.listeners_stalled);
    show(skips, now.skips);
    show(frames_lost, now.frames_lost);
    show(bytes_sent, now.bytes_sent);
  }

  std::shared_ptr<StreamServer> server_;  // shared with the other mounts of the port
  std::shared_ptr<Mount> mount_;
};

}  // namespace

REGISTER_NODE(HttpListen, "http.listen", "serves an MP3 stream to any number of HTTP listeners, with a player page")

}  // namespace sluice::net
