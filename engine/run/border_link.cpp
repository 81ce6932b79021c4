#include "engine/run/border_link.h"

#include <algorithm>

namespace sluice {
namespace {
constexpr std::size_t kMinRing = 64;  // blocks: one call of a node may emit a burst beyond the credits
}

BorderLink::BorderLink(const Border& border, const Clock& clock, std::optional<Duration> max_age)
    : policy_(border.on_overrun),
      credits_(border.credits),
      clock_(clock),
      max_age_(max_age),
      ring_(std::max(kMinRing, 2 * border.credits)) {}

void BorderLink::connect(std::function<void()> wake_consumer, std::function<void()> wake_producer,
                         std::function<void()> overrun) {
  wake_consumer_ = std::move(wake_consumer);
  wake_producer_ = std::move(wake_producer);
  overrun_ = std::move(overrun);
}

void BorderLink::deliver(BlockRef block) noexcept {
  if (policy_ == Overload::fail && ring_.size() >= credits_) return overrun_();
  if (policy_ == Overload::shed)
    while (ring_.size() >= credits_) shed_oldest();
  if (!spill_.empty() || !ring_.push(block)) spill_.push_back(std::move(block));
  wake_consumer_();
}

// The consumer sees the gap by the sequence numbers, and its codec resynchronises at the next independent block.
void BorderLink::shed_oldest() noexcept {
  if (ring_.evict()) count_shed();
}

bool BorderLink::open() noexcept {
  if (policy_ != Overload::wait) return true;
  if (spill_.empty() && ring_.size() < credits_) return true;
  producer_waits_.store(true, std::memory_order_seq_cst);
  return spill_.empty() && ring_.size() < credits_;
}

bool BorderLink::refill() noexcept {
  bool moved = false;
  for (; !spill_.empty() && ring_.push(spill_.front()); moved = true) spill_.pop_front();
  if (moved) wake_consumer_();
  return spill_.empty();
}

bool BorderLink::retry() noexcept {
  if (!refill()) {
    producer_waits_.store(true, std::memory_order_seq_cst);
    if (!refill()) return false;  // the consumer may have made room just before it could see that somebody waits
  }
  if (end_pending_ && !ended_.exchange(true, std::memory_order_acq_rel)) wake_consumer_();
  return true;
}

void BorderLink::end() noexcept {
  end_pending_ = true;
  retry();
}

BlockRef BorderLink::take() noexcept {
  BlockRef block = ring_.pop();
  if (policy_ == Overload::shed && max_age_)
    while (block && block->has(kIndependent) && clock_.now() - block->header.capture_time > *max_age_) {
      count_shed();
      block = ring_.pop();
    }
  if (producer_waits_.load(std::memory_order_seq_cst) && producer_waits_.exchange(false)) wake_producer_();
  return block;
}

}  // namespace sluice
