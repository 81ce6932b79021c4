#include "nodes/net/broadcast.h"

#include <algorithm>

#include "nodes/net/listener.h"

namespace sluice::net {

Broadcast::Broadcast(std::shared_ptr<Mount> mount) : mount_(std::move(mount)) {}

void Broadcast::pump() {
  forget_closed();
  while (!mount_->queue_.empty()) {
    history_.push(mount_->queue_.front());
    mount_->queue_.pop();
  }
  for (const auto& listener : listeners_) listener->pump();
  // Nobody to send to, or nobody who takes anything: ready for one counts as handed over. A full socket is no latency
  // of ours.
  if (std::ranges::all_of(listeners_, [](const auto& listener) { return listener->full(); }))
    note_sent(history_.head());
}

bool Broadcast::succeed(std::shared_ptr<Mount> next) {
  if (!mount_->released() || successor_) return false;
  successor_ = std::move(next);
  return true;
}

bool Broadcast::remove(const Mount& mount) {
  if (&mount == successor_.get()) {
    successor_.reset();
    return true;
  }
  if (!successor_) return false;
  pump();
  mount_ = std::move(successor_);
  successor_.reset();
  mount_->counters_.listeners.store(listeners_.size(), std::memory_order_relaxed);
  mount_->counters_.listeners_total.store(listeners_.size(), std::memory_order_relaxed);
  pump();
  return true;
}

void Broadcast::join(std::shared_ptr<Listener> listener) {
  forget_closed();
  mount_->counters_.listeners_total.fetch_add(1, std::memory_order_relaxed);
  mount_->counters_.listeners.fetch_add(1, std::memory_order_relaxed);
  listeners_.push_back(listener);
  listener->start();
}

void Broadcast::sweep(std::chrono::steady_clock::time_point now, std::chrono::nanoseconds limit) {
  for (const auto& listener : listeners_) {
    if (!listener->stalled_since(now - limit)) continue;
    mount_->counters_.listeners_stalled.fetch_add(1, std::memory_order_relaxed);
    listener->close();
  }
  forget_closed();
}

void Broadcast::close_all() {
  for (const auto& listener : listeners_) listener->close();
  forget_closed();
}

bool Broadcast::flushed() const {
  return std::ranges::all_of(listeners_,
                             [](const auto& listener) { return listener->closed() || listener->caught_up(); });
}

void Broadcast::note_sent(StreamOffset sent) {
  unreported_ = std::max(unreported_, history_.tail());
  while (unreported_ < sent) {
    if (mount_->config().on_handed_over) mount_->config().on_handed_over(history_.capture_time(unreported_));
    unreported_ = history_.frame_end(unreported_);
  }
}

int Broadcast::bitrate_kbps() const {
  if (mount_->config().bitrate_kbps > 0) return mount_->config().bitrate_kbps;
  return history_.mp3() ? history_.mp3()->bitrate_kbps : 0;
}

void Broadcast::forget_closed() {
  const auto gone = std::erase_if(listeners_, [](const auto& listener) { return listener->closed(); });
  mount_->counters_.listeners.fetch_sub(gone, std::memory_order_relaxed);
}

}  // namespace sluice::net
