#include "nodes/net/site.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <random>

#include "nodes/net/kernels/icy.h"
#include "nodes/net/player_page.h"

namespace sluice::net {
namespace {

// Ties the page's own script and style to this one response (Content Security Policy, level 3, section 3.3).
std::string fresh_nonce() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
}

std::string with_nonce(std::string_view page, std::string_view nonce) {
  constexpr std::string_view kPlaceholder = "{{nonce}}";
  std::string text;
  for (auto at = page.find(kPlaceholder); at != std::string_view::npos; at = page.find(kPlaceholder)) {
    text += page.substr(0, at);
    text += nonce;
    page.remove_prefix(at + kPlaceholder.size());
  }
  return text += page;
}

nlohmann::json describe(const Broadcast& broadcast) {
  const auto& mount = broadcast.mount();
  const auto& counters = mount.counters();
  return {{"path", mount.config().path},
          {"name", clean_utf8(mount.config().name)},
          {"title", mount.title()},
          {"bitrate_kbps", broadcast.bitrate_kbps()},
          {"listeners", counters.listeners.load()},
          {"listeners_total", counters.listeners_total.load()},
          {"listeners_stalled", counters.listeners_stalled.load()},
          {"frames", counters.frames.load()},
          {"frames_lost", counters.frames_lost.load()},
          {"bytes_sent", counters.bytes_sent.load()},
          {"skips", counters.skips.load()}};
}

}  // namespace

Broadcast* Site::find(std::string_view path) {
  const auto found = std::ranges::find_if(broadcasts_, [&](const auto& b) { return b->mount().config().path == path; });
  return found == broadcasts_.end() ? nullptr : found->get();
}

bool Site::add(std::shared_ptr<Mount> mount) {
  if (auto* const present = find(mount->config().path)) return present->succeed(std::move(mount));
  if (find_feed(mount->config().path)) return false;
  broadcasts_.push_back(std::make_unique<Broadcast>(std::move(mount)));
  return true;
}

void Site::remove(const Mount& mount) {
  auto* const broadcast = find(mount.config().path);
  if (!broadcast || broadcast->remove(mount)) return;
  broadcast->close_all();
  std::erase_if(broadcasts_, [&](const auto& b) { return b.get() == broadcast; });
}

LiveFeed* Site::find_feed(std::string_view path) {
  const auto found = std::ranges::find_if(feeds_, [&](const auto& feed) { return feed->config().path == path; });
  return found == feeds_.end() ? nullptr : found->get();
}

bool Site::add_feed(FeedConfig config) {
  if (auto* const present = find_feed(config.path)) return present->share(config.kind);
  if (find(config.path)) return false;
  feeds_.push_back(std::make_unique<LiveFeed>(std::move(config)));
  return true;
}

void Site::remove_feed(std::string_view path) {
  auto* const feed = find_feed(path);
  if (!feed || feed->let_go()) return;
  feed->close_all();
  std::erase_if(feeds_, [&](const auto& f) { return f.get() == feed; });
}

std::size_t Site::listeners() const {
  std::size_t count = 0;
  for (const auto& broadcast : broadcasts_) count += broadcast->mount().counters().listeners.load();
  return count;
}

Reply Site::refuse(const HttpError& error) const {
  return {refusal(error, access_.allowed_origin({}), false)};
}

Reply Site::answer(const Request& request) {
  const bool head_only = request.method == Method::head;
  const auto origin = access_.allowed_origin(request.origin);
  const auto refused = [&](int status, std::string message) {
    return Reply{refusal({status, std::move(message)}, origin, head_only)};
  };
  if (!access_.serves_host(request.host)) {
    return refused(421, "This server is private to its machine; its owner can publish it with bind or public.");
  }
  const bool is_page = request.path == "/", is_status = request.path == "/status.json";
  auto* const broadcast = find(request.path);
  auto* const feed = find_feed(request.path);
  if (!is_page && !is_status && !broadcast && !feed && request.path != "*")
    return refused(404, "There is nothing here.");
  if (request.method == Method::options) return {options_response(origin)};
  if (is_page) return {page(origin, head_only)};
  if (is_status) return {status(origin, head_only)};
  if (feed) {
    if (feed->full() && !head_only) return refused(503, "All places at this feed are taken.");
    Reply reply{event_stream_head(origin)};
    if (!head_only) reply.feed = feed;
    return reply;
  }
  if (broadcast->full() && !head_only) return refused(503, "All places on this stream are taken.");
  return stream(*broadcast, request, origin);
}

Reply Site::stream(Broadcast& broadcast, const Request& request, std::string_view origin) const {
  const auto& config = broadcast.mount().config();
  const StreamHeader header{.content_type = config.content_type,
                            .name = config.name,
                            .genre = config.genre,
                            .description = config.description,
                            .bitrate_kbps = broadcast.bitrate_kbps(),
                            .meta_interval = request.icy_metadata ? kIcyMetaInterval : 0};
  Reply reply{stream_head(header, origin)};
  if (request.method == Method::head) return reply;
  reply.stream = &broadcast;
  reply.burst = std::min(request.burst.value_or(config.burst), config.max_burst);
  reply.icy = request.icy_metadata;
  return reply;
}

std::string Site::page(std::string_view origin, bool head_only) const {
  const auto nonce = fresh_nonce();
  const auto policy = fmt::format(
      "Content-Security-Policy: default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; media-src 'self'; "
      "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
      "Referrer-Policy: no-referrer\r\n",
      nonce);
  return document(200, "text/html; charset=utf-8", with_nonce(kPlayerPage, nonce), origin, head_only, policy);
}

std::string Site::status(std::string_view origin, bool head_only) const {
  const auto uptime = std::chrono::steady_clock::now() - started_;
  nlohmann::json status = {{"server", "Sluice"}, {"uptime_s", seconds(uptime)}, {"listeners", listeners()}};
  status["mounts"] = nlohmann::json::array();
  for (const auto& broadcast : broadcasts_) status["mounts"].push_back(describe(*broadcast));
  for (const char* kind : {"captions", "minutes", "waterfall"}) status[kind] = nlohmann::json::array();
  for (const auto& feed : feeds_)
    status[feed->config().kind].push_back({{"path", feed->config().path}, {"readers", feed->readers()}});
  const auto body = status.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  return document(200, "application/json", body, origin, head_only);
}

}  // namespace sluice::net
