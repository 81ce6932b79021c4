// The network thread's side of a mount: the history that all listeners share, and the listeners.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "nodes/net/frame_history.h"
#include "nodes/net/mount.h"

namespace sluice::net {

class Listener;

class Broadcast {
 public:
  explicit Broadcast(std::shared_ptr<Mount> mount);

  /// Moves what was published into the history and offers it to every listener.
  void pump();

  /// `next` is to take over the listeners when the present mount is removed, which must be released. False: another is.
  bool succeed(std::shared_ptr<Mount> next);
  bool succeeded() const { return successor_ != nullptr; }
  /// Removes a mount; false when it is the only one. A successor takes over once what the present one has published is
  /// in the history: the stream goes on without a gap.
  bool remove(const Mount& mount);

  /// Takes in a listener and starts it.
  void join(std::shared_ptr<Listener> listener);
  bool full() const { return listeners_.size() >= mount_->config().max_listeners; }

  /// Closes listeners that have accepted nothing since `limit` ago; forgets closed ones.
  void sweep(std::chrono::steady_clock::time_point now, std::chrono::nanoseconds limit);
  void close_all();

  /// True when every listener has been given all there is.
  bool flushed() const;

  /// A listener's socket has taken everything up to `sent`.
  void note_sent(StreamOffset sent);

  const Mount& mount() const { return *mount_; }
  Mount& mount() { return *mount_; }
  const FrameHistory& history() const { return history_; }
  int bitrate_kbps() const;

 private:
  void forget_closed();

  std::shared_ptr<Mount> mount_, successor_;  // shared with the nodes that publish
  FrameHistory history_;
  std::vector<std::shared_ptr<Listener>> listeners_;  // shared with their pending socket operations
  StreamOffset unreported_ = 0;                       // first frame not yet handed to any socket
};

}  // namespace sluice::net
