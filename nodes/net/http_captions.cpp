// http.captions: live captions beside the player of http.listen: give both the same `bind` and `port`. Pages read them
// as server-sent events; the player page of the port shows them.
#include <nlohmann/json.hpp>

#include "engine/node/node.h"
#include "engine/stream/transcript.h"
#include "nodes/net/stream_server.h"

namespace sluice::net {
namespace {

class HttpCaptions final : public Node {
 public:
  In<Text<"transcript">> in{*this, "in", "what a recogniser says"};

  Param<int> port{
      *this, "port", {.default_value = 8000, .min = 0, .max = 65535, .doc = "TCP port; 0 takes any free one"}};
  Param<std::string> bind{
      *this,
      "bind",
      {.default_value = "127.0.0.1",
       .doc = "address to listen on; loopback keeps the captions on this machine, 0.0.0.0 serves all"}};
  Param<std::string> mount{*this, "mount", {.default_value = "/captions", .doc = "path of the events"}};
  Param<bool> published{
      *this,
      "public",
      {.default_value = false, .doc = "serve a loopback address to pages and names of elsewhere: behind a proxy"}};

  Counter damaged{*this, "damaged", "events that could not be read", Counter::Tells::fault};
  Counter finals{*this, "finals", "utterances shown"};
  Counter open_port{*this, "port", "TCP port in use"};

  Traits traits() const override { return {.realtime = false}; }
  Status configure() override { return {}; }

  Status prepare() override {
    auto server =
        shared_server({.bind = bind.value(), .port = static_cast<std::uint16_t>(port.value()), .published = published});
    if (!server) return server.error();
    if (Status status = (*server)->add_captions(mount.value()); !status) return status;
    server_ = std::move(*server);
    open_port.set(server_->port());
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      const auto event = decode_transcript(std::as_const(*block).text());
      if (!event) {
        damaged.add();
        continue;
      }
      const bool final = event->kind != Transcript::Kind::partial;
      if (final && !event->text.empty()) finals.add();
      server_->caption(mount.value(), line_of(*event), final);
    }
  }

  void stop() override {
    if (!server_) return;
    server_->remove_captions(mount.value());
    server_.reset();
  }

 private:
  static std::string line_of(const Transcript& event) {
    const nlohmann::json object = {{"segment", event.segment},
                                   {"final", event.kind != Transcript::Kind::partial},
                                   {"text", event.text},
                                   {"stable_words", event.stable_words}};
    return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  }

  std::shared_ptr<StreamServer> server_;  // shared with the other nodes of the port
};

}  // namespace

REGISTER_NODE(HttpCaptions, "http.captions", "serves live captions to web pages, and to the player page of http.listen")

}  // namespace sluice::net
