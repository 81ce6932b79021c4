// Live text beside the player of http.listen: give both the same `bind` and `port`. Pages read it as server-sent
// events; the player page of the port shows it.
//   http.captions    what is said: {"segment":7,"final":false,"text":"Ask not","stable_words":1}
//   http.minutes     a text that is replaced as a whole: {"text":"- rain\n- then sun"}
//   http.waterfall   rows of a spectrogram, as iq.waterfall makes them
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "engine/node/node.h"
#include "engine/stream/transcript.h"
#include "nodes/net/stream_server.h"

namespace sluice::net {
namespace {

constexpr std::size_t kMostText = 8 * 1024;  // bytes of minutes; what is longer is cut

std::string line_of(const nlohmann::json& object) {
  return object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

class Feed : public Node {
 public:
  // `path`: a literal; parameters keep a view of their defaults.
  Feed(std::string_view path, std::string kind, std::size_t kept)
      : mount(*this, "mount", {.default_value = path, .doc = "path of the events"}),
        config_{.path = {}, .kind = std::move(kind), .kept = kept} {}

  Param<int> port{
      *this, "port", {.default_value = 8000, .min = 0, .max = 65535, .doc = "TCP port; 0 takes any free one"}};
  Param<std::string> bind{*this,
                          "bind",
                          {.default_value = "127.0.0.1",
                           .doc = "address to listen on; loopback keeps the text on this machine, 0.0.0.0 serves all"}};
  Param<std::string> mount;
  Param<bool> published{
      *this,
      "public",
      {.default_value = false, .doc = "serve a loopback address to pages and names of elsewhere: behind a proxy"}};

  Counter damaged{*this, "damaged", "events that could not be read", Counter::Tells::fault};
  Counter open_port{*this, "port", "TCP port in use"};

  Traits traits() const override { return {.realtime = false}; }
  Status configure() override { return {}; }

  // The pages stay: they read what the node that comes says.
  std::string exclusive() const override {
    return port == 0 ? "" : fmt::format("{} on {} port {}", mount.value(), bind.value(), port.value());
  }
  bool release() override {
    server_->release_feed(mount.value(), true);
    return true;
  }
  Status regain() override {
    server_->release_feed(mount.value(), false);
    return {};
  }

  Status prepare() override {
    auto server =
        shared_server({.bind = bind.value(), .port = static_cast<std::uint16_t>(port.value()), .published = published});
    if (!server) return server.error();
    config_.path = mount.value();
    if (Status status = (*server)->add_feed(config_); !status) return status;
    server_ = std::move(*server);
    open_port.set(server_->port());
    return {};
  }

  void process() REALTIME override {
    while (const BlockRef block = ins().front()->next()) {
      auto event = event_of(std::as_const(*block).text());
      if (!event)
        damaged.add();
      else if (!event->data.empty())
        server_->publish(mount.value(), std::move(event->data), event->final);
    }
  }

  void stop() override {
    if (!server_) return;
    server_->remove_feed(mount.value());
    server_.reset();
  }

 protected:
  struct Event {
    std::string data;  // one line; empty: nothing to show
    bool final = true;
  };
  // None: it cannot be read.
  virtual std::optional<Event> event_of(std::string_view text) = 0;

 private:
  FeedConfig config_;
  std::shared_ptr<StreamServer> server_;  // shared with the other nodes of the port
};

class HttpCaptions final : public Feed {
 public:
  HttpCaptions() : Feed("/captions", "captions", 3) {}
  In<Text<"transcript">> in{*this, "in", "what a recogniser says"};
  Param<std::string> events{*this,
                            "events",
                            {.default_value = "final",
                             .choices = {"final", "corrected"},
                             .doc = "when an utterance is firm: with the recogniser's final, or with its correction"}};
  Counter finals{*this, "finals", "utterances shown"};

 protected:
  std::optional<Event> event_of(std::string_view text) override {
    const auto event = decode_transcript(text);
    if (!event) return std::nullopt;
    const bool corrects = events.is("corrected");
    if (event->kind == Transcript::Kind::corrected && !corrects) return Event{};
    const bool final = event->kind == (corrects ? Transcript::Kind::corrected : Transcript::Kind::final);
    if (final && !event->text.empty()) finals.add();
    return Event{line_of({{"segment", event->segment},
                          {"final", final},
                          {"text", event->text},
                          {"stable_words", event->stable_words}}),
                 final};
  }
};

class HttpMinutes final : public Feed {
 public:
  HttpMinutes() : Feed("/minutes", "minutes", 1) {}
  In<Text<"summary">> in{*this, "in", "the text as it is now, whole: of llm.summarise"};
  Counter shown{*this, "shown", "texts shown"};

 protected:
  std::optional<Event> event_of(std::string_view text) override {
    shown.add();
    return Event{line_of({{"text", text.substr(0, kMostText)}})};
  }
};

class HttpWaterfall final : public Feed {
 public:
  HttpWaterfall() : Feed("/waterfall", "waterfall", 48) {}
  In<Text<"waterfall">> in{*this, "in", "rows of iq.waterfall"};

 protected:
  std::optional<Event> event_of(std::string_view text) override {
    if (text.empty() || text.find_first_of("\r\n") != text.npos) return std::nullopt;
    return Event{std::string(text)};
  }
};

}  // namespace

REGISTER_NODE(HttpCaptions, "http.captions", "serves live captions to web pages, and to the player page of http.listen")
REGISTER_NODE(HttpMinutes, "http.minutes",
              "serves a text that changes as a whole (minutes) to pages and the player page")
REGISTER_NODE(HttpWaterfall, "http.waterfall", "serves a waterfall of spectra to pages and the player page")

}  // namespace sluice::net
