// What the server has to offer and how it answers: streams, the player page, the status. Network thread only.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "nodes/net/broadcast.h"
#include "nodes/net/http_request.h"
#include "nodes/net/http_response.h"
#include "nodes/net/live_feed.h"

namespace sluice::net {

/// An answer: `text` to be sent; then, when `stream` is set, the stream itself.
struct Reply {
  std::string text;
  Broadcast* stream = nullptr;
  Duration burst{};
  bool icy = false;
  LiveFeed* feed = nullptr;  // or live text, without end as well
};

class Site {
 public:
  explicit Site(bool published) : access_{published} {}

  Reply answer(const Request& request);
  /// For requests that could not be read.
  Reply refuse(const HttpError& error) const;

  Broadcast* find(std::string_view path);
  /// False when the path is taken.
  bool add(std::shared_ptr<Mount> mount);
  void remove(const Mount& mount);
  const std::vector<std::unique_ptr<Broadcast>>& broadcasts() const { return broadcasts_; }
  std::size_t listeners() const;

  LiveFeed* find_feed(std::string_view path);
  /// False when the path is taken.
  bool add_feed(FeedConfig config);
  void remove_feed(std::string_view path);
  const std::vector<std::unique_ptr<LiveFeed>>& feeds() const { return feeds_; }

 private:
  Reply stream(Broadcast& broadcast, const Request& request, std::string_view origin) const;
  std::string page(std::string_view origin, bool head_only) const;
  std::string status(std::string_view origin, bool head_only) const;

  AccessPolicy access_;
  std::vector<std::unique_ptr<Broadcast>> broadcasts_;
  std::vector<std::unique_ptr<LiveFeed>> feeds_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace sluice::net
