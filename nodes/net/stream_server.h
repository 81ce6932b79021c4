// The public HTTP server: streams, a player page at "/", "/status.json". One network thread serves every listener.
//
// HTTP/1.1 in the manner of Icecast: a stream is a response without length that ends with its connection; in-band ICY
// metadata for those who ask. RFC 9110 and 9112 for the rest: HEAD, OPTIONS, CORS, precise refusals, limits on
// everything a stranger can make grow.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "engine/core/result.h"
#include "nodes/net/feed_config.h"
#include "nodes/net/mount.h"

namespace sluice::net {

struct ServerConfig {
  std::string bind = "127.0.0.1";  // an address; loopback keeps a microphone private
  std::uint16_t port = 8000;       // 0: any free one, see port()
  bool published = false;          // treat a loopback server as public: it is served on through a proxy
  std::size_t max_connections = 4096;
  std::chrono::milliseconds header_timeout{5'000};    // for the whole request
  std::chrono::milliseconds stalled_timeout{30'000};  // for a listener that takes nothing
  std::chrono::milliseconds flush_timeout{500};       // how long stopping waits for the last frames to go out
};

/// All members are thread-safe and not realtime-safe; only Mount::publish() is.
class StreamServer {
 public:
  /// Opens the port and starts serving. Errors: an address that is not one of this machine's, a port in use or
  /// not permitted. Where `where` of the error is "bind" or "port".
  static Result<std::unique_ptr<StreamServer>> start(const ServerConfig& config);
  ~StreamServer();

  /// Error: the path is taken by a mount that is not released (Mount::release()), or is not a path ("/" and
  /// "/status.json" are the server's own).
  Result<std::shared_ptr<Mount>> add_mount(MountConfig config);
  /// Sends what was published, closes the mount's listeners, or leaves them to the one that follows it, and forgets it.
  /// Its Mount may still be published to.
  void remove_mount(const Mount& mount);

  /// A feed of live text, and one event of it: a line, and whether it is final or the next one replaces it. Errors as
  /// with add_mount().
  Status add_feed(const FeedConfig& config);
  void remove_feed(const std::string& path);
  /// Whether another of its kind may be added on the path, to take its readers when this one is removed.
  void release_feed(const std::string& path, bool to_another);
  void publish(const std::string& path, std::string data, bool final);

  std::uint16_t port() const;
  /// "http://127.0.0.1:8000", for people.
  std::string address() const;

 private:
  class Impl;
  explicit StreamServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// The running server on config.bind and config.port, or a new one: several mounts of one graph share a port. The
/// server stops when the last holder lets it go. Further settings are the first holder's.
Result<std::shared_ptr<StreamServer>> shared_server(const ServerConfig& config);

}  // namespace sluice::net
