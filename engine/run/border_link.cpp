#include "engine/run/border_link.h"

#include <algorithm>

namespace sluice {
namespace {
constexpr std::size_t kMinRing = 64;  // blocks: one call of a node may emit a burst beyond the credits
constexpr std::size_t kSpill = 256;   // blocks beyond that without an allocation

bool evicts(Overload policy) {
  return policy != Overload::wait && policy != Overload::fail;
}

}  // namespace

BorderLink::BorderLink(const Border& border, const Clock& clock, std::optional<Duration> max_age)
    : policy_(border.on_overrun),
      credits_(border.credits),
      clock_(clock),
      max_age_(max_age),
      ring_(std::max(kMinRing, 2 * border.credits),
            evicts(border.on_overrun) ? BorderRing::Evicts::sometimes : BorderRing::Evicts::never) {
  spill_.reserve(kSpill);
}

void BorderLink::connect(std::function<void()> wake_consumer, std::function<void()> wake_producer,
                         std::function<void()> overrun) {
  wake_consumer_ = std::move(wake_consumer);
  wake_producer_ = std::move(wake_producer);
  overrun_ = std::move(overrun);
}

void BorderLink::deliver(BlockRef block) noexcept {
  if (policy_ == Overload::fail && ring_.size() >= credits_) return overrun_();
  if (evicts(policy_) && !make_room(*block)) return count_drop();
  if (spilled_ < spill_.size() || !ring_.push(block)) spill_.push_back(std::move(block));
  wake_consumer_();
}

// Drops the oldest blocks for `next`; false when `next` is to be dropped instead.
bool BorderLink::make_room(const Block& next) noexcept {
  if (first_.load(std::memory_order_relaxed) == kNothing) first_.store(next.header.sequence, std::memory_order_relaxed);
  if (next.has(kIndependent)) marked_.store(true, std::memory_order_relaxed);
  if (policy_ == Overload::latest && ring_.size() > 0 && !independent(next)) return false;
  while (ring_.size() >= credits_)
    if (ring_.evict()) count_drop();
  return true;
}

bool BorderLink::has_credit() const noexcept {
  const std::size_t waiting = ring_.size();  // first: a block that has left the ring is seen to be in work
  return spilled_ == spill_.size() && waiting + (in_work_.load(std::memory_order_seq_cst) ? 1 : 0) < credits_;
}

bool BorderLink::open() noexcept {
  if (policy_ != Overload::wait) return true;
  if (has_credit()) return true;
  producer_waits_.store(true, std::memory_order_seq_cst);
  return has_credit();
}

bool BorderLink::refill() noexcept {
  bool moved = false;
  for (; spilled_ < spill_.size() && ring_.push(spill_[spilled_]); moved = true) ++spilled_;
  if (moved) wake_consumer_();
  if (spilled_ < spill_.size()) return false;
  spill_.clear();
  spilled_ = 0;
  return true;
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
  in_work_.store(true, std::memory_order_relaxed);  // before the ring looks emptier
  BlockRef block = ring_.pop();
  if (evicts(policy_))
    for (; block && !worth_giving(*block); block = ring_.pop()) count_drop();
  if (!block) done();
  return block;
}

// A block that others need is given however old it is, as long as none is missing before it.
bool BorderLink::worth_giving(const Block& block) noexcept {
  const bool continues = block.header.sequence == expected_.value_or(first_.load(std::memory_order_relaxed));
  const bool late = max_age_ && clock_.now() - block.header.capture_time > *max_age_;
  if (independent(block) ? late : !continues) return false;
  expected_ = block.header.sequence + 1;
  return true;
}

void BorderLink::empty_into(InPort& port) noexcept {
  do {
    while (BlockRef block = take()) PortWiring::push(port, std::move(block));
  } while (spilled_ < spill_.size() && (refill(), ring_.size() > 0));
}

void BorderLink::done() noexcept {
  in_work_.store(false, std::memory_order_seq_cst);
  if (producer_waits_.load(std::memory_order_seq_cst) && producer_waits_.exchange(false)) wake_producer_();
}

}  // namespace sluice
