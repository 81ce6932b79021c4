#include "engine/run/island_task.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <utility>

#include "engine/run/age_gate.h"

namespace sluice {
namespace {

constexpr int kQuantum = 64;              // head steps per turn: then other islands get the worker
constexpr int kQuantumOfShort = 256;      // where steps are shorter than kExactStep: a turn's own cost is spread
constexpr std::size_t kTimedBlocks = 16;  // blocks per sink call whose latency is recorded one by one

// Reading the clock takes 20 to 40 ns here, and twice that with what is done about it: two reads for each 100 us of a
// node's work and one for each 30 us of an island's are under 1 %.
constexpr Duration::rep kTimedEvery_ns = 100'000;
constexpr std::uint32_t kMostSkipped = 4095;  // calls
constexpr std::uint32_t kAllSkipped = std::numeric_limits<std::uint32_t>::max();
constexpr Duration kExactStep = std::chrono::microseconds(30);
constexpr int kForgets = 16;                                 // turns, about: how long a long one is remembered
constexpr Duration kPublish = std::chrono::milliseconds(1);  // how old the numbers that others see may be

bool all_ended(const Node& node) {
  return std::ranges::all_of(node.ins(), [](const InPort* in) { return !in->connected() || PortWiring::ended(*in); });
}

std::uint64_t blocks_taken(const Node& node) {
  std::uint64_t taken = 0;
  for (const InPort* in : node.ins()) taken += PortWiring::taken(*in);
  return taken;
}

// Marks this thread as the island's while it lives.
class TurnOf {
 public:
  explicit TurnOf(const void* island) noexcept { running_turn.begin(island); }
  ~TurnOf() { running_turn.end(); }
  TurnOf(const TurnOf&) = delete;
  TurnOf& operator=(const TurnOf&) = delete;
};

// After a sleep the caches are cold: asks for all lines at once, so that nodes do not wait for theirs one after
// another.
void fetch(const std::vector<const void*>& lines) noexcept {
  for (const void* line : lines) __builtin_prefetch(line, 1);
}

}  // namespace

bool IslandTask::run() noexcept {
  if (!session_.launched.load(std::memory_order_acquire)) return false;
  const TurnOf turn(this);
  follow_counts();
  const Time begin = now_ = session_.clock->now();
  if (exact_) fetch(lines_);
  fresh_ = counting_ && (exact_ || numbers_are_old());
  for (Slot* sink : sinks_)
    if (fresh_) look_soon(*sink);
  if (std::exchange(changed_, false)) settle();
  bool more = true;
  int steps = 0;
  const int quantum = exact_ ? kQuantum : kQuantumOfShort;
  const auto aborted = [&] { return session_.aborted.load(std::memory_order_acquire); };
  while (steps < quantum && more && !hold_wanted() && !aborted()) {
    more = advance();
    ++steps;
    fresh_ = exact_;
    if (!exact_) continue;
    now_ = session_.clock->now();
    if (numbers_are_old()) publish();
  }
  if (aborted())
    more = false;
  else if (!more)
    arm_timer();
  end_turn(begin, steps, more);
  return more;
}

inline void IslandTask::follow_counts() noexcept {
  if (session_.counts.load(std::memory_order_relaxed) == counting_) [[likely]]
    return;
  counting_ = !counting_;
  for (Slot& slot : slots_) {
    look_soon(slot);
    slot.skipped = 0;  // a call that is timed stands for none that was not counted
  }
}

void IslandTask::end_turn(Time begin, int steps, bool more) noexcept {
  if (!exact_ && counting_) now_ = session_.clock->now();
  const Duration spent = now_ - begin;
  exact_ = session_.live || (counting_ && spent > steps * kExactStep);
  if (counting_) metrics_.turn(spent);
  longest_lately_ = std::max(spent, longest_lately_ - longest_lately_ / kForgets);
  expect_turn(longest_lately_);
  if (session_.tracer) [[unlikely]]
    trace_turn(begin, now_);
  if (!more || numbers_are_old()) publish();
}

bool IslandTask::numbers_are_old() const noexcept {
  return now_ - published_ > kPublish;
}

void IslandTask::publish() noexcept {
  published_ = now_;
  if (!counting_) return;
  for (const Slot& slot : slots_) publish(slot);
}

void IslandTask::publish(const Slot& slot) noexcept {
  const bool source = slot.node->ins().empty();
  slot.metrics->blocks.store(source ? slot.node->outs().front()->emitted() : blocks_taken(*slot.node),
                             std::memory_order_relaxed);
}

inline bool IslandTask::advance() noexcept {
  if (!retry_exits()) return false;
  for (auto& head : heads_)
    if (!head->ended && (head->border ? step_entry(*head) : step_driven(*head))) return true;
  return false;
}

inline bool IslandTask::retry_exits() noexcept {
  bool all = true;
  for (BorderLink* exit : exits_) all = exit->retry() && all;
  return all;
}

inline bool IslandTask::may_go(Head& head) noexcept {
  for (BorderLink* gate : head.gates)
    if (!gate->open()) return false;
  return std::ranges::all_of(head.joins, [](const InPort* join) { return join->waiting() < kBlocksAtJoin; });
}

bool IslandTask::step_entry(Head& head) noexcept {
  Slot& slot = slots_[head.slot];
  if (slot.driven && !slot.ended && head.port->waiting() >= kBlocksAtPull) return false;
  if (!may_go(head)) return false;
  const bool finished = head.border->finished();
  BlockRef block = head.border->take();
  if (!block && !finished) return false;
  WorkerPool::begin_step();
  if (block) {
    PortWiring::push(*head.port, std::move(block));
  } else {
    end_input(head.slot, *head.port);
    head.ended = true;
  }
  if (slot.ended)
    PortWiring::clear(*head.port);  // it has failed
  else if (slot.driven)
    slot.woken->store(true, std::memory_order_release);
  else
    settle();
  head.border->done();
  return true;
}

inline bool IslandTask::due(Head& head, Slot& slot) noexcept {
  if (slot.woken->load(std::memory_order_relaxed) && slot.woken->exchange(false, std::memory_order_acq_rel))
    return true;
  if (head.next.when == Pull::When::again) return true;
  if (slot.node->ins().empty() && session_.stopping.load(std::memory_order_acquire)) return true;
  return head.next.when == Pull::When::at && session_.clock->now() >= head.next.time;
}

inline bool IslandTask::step_driven(Head& head) noexcept {
  Slot& slot = slots_[head.slot];
  if (slot.ended || !due(head, slot)) return false;
  const bool stop = slot.node->ins().empty() && session_.stopping.load(std::memory_order_acquire);
  if (!stop && !may_go(head)) {
    slot.woken->store(true, std::memory_order_release);  // still due when the gate opens
    return false;
  }
  WorkerPool::begin_step();
  if (!stop) pull(head, slot);
  head.ended = check_failure(slot);
  settle();
  if (head.ended) return true;
  if (stop || head.next.when == Pull::When::ended || past_stream_limit(slot)) {
    finish(slot);
    head.ended = true;
    settle();
  }
  return true;
}

inline void IslandTask::pull(Head& head, Slot& slot) noexcept {
  if (slot.plain == 0) return timed(slot, [&] { head.next = slot.node->pull(); });
  --slot.plain;
  head.next = slot.node->pull();
}

inline bool IslandTask::past_stream_limit(const Slot& slot) const noexcept {
  if (!session_.stream_limit || !slot.node->ins().empty() || slot.traits.clock != ClockDomain::none) return false;
  const OutPort& out = *slot.node->outs().front();
  const double rate = out.format().rate_hz;
  return rate > 0 && frames_to_duration(static_cast<double>(out.end_position()), rate) >= *session_.stream_limit;
}

// Depth first: what has come farthest goes on first.
void IslandTask::settle() noexcept {
  for (Slot* slot = take_ready(); slot;) {
    run_slot(*slot);
    if (ready_.front() == slot->next_bit && slot->next) [[likely]] {
      ready_.front() = 0;
      slot = slot->next;
    } else {
      slot = take_ready();
      if (slot && !exits_.empty()) WorkerPool::begin_step();
    }
  }
}

// The marked slot that is farthest downstream, or null; it is marked no more.
inline IslandTask::Slot* IslandTask::take_ready() noexcept {
  for (std::size_t word = ready_.size(); word-- > 0;) {
    std::uint64_t& bits = ready_[word];
    if (bits == 0) continue;
    const auto bit = static_cast<std::size_t>(std::bit_width(bits)) - 1;
    bits &= ~(std::uint64_t{1} << bit);
    return &slots_[word * 64 + bit];
  }
  return nullptr;
}

inline void IslandTask::run_slot(Slot& slot) noexcept {
  if (slot.plain == 0) [[unlikely]]
    return look_at(slot);
  --slot.plain;
  slot.node->process();
  if (slot.only->waiting() > 0 || slot.node->failed()) [[unlikely]]
    look_soon(slot), mark(index(slot));
}

// A call with everything that may be the matter.
void IslandTask::look_at(Slot& slot) noexcept {
  const auto ready = [&] { return slot.only ? slot.only->waiting() > 0 : slot.node->ready(); };
  if (slot.ended)
    for (InPort* in : slot.node->ins()) PortWiring::clear(*in);
  if (slot.ended || check_failure(slot)) return;
  if (ready() && process(slot) && ready())
    mark(index(slot));
  else if (slot.ending && !session_.aborted.load(std::memory_order_relaxed) && all_ended(*slot.node))
    finish(slot);
}

// True when the node took at least one block.
bool IslandTask::process(Slot& slot) noexcept {
  const auto taken = [&] { return slot.only ? PortWiring::taken(*slot.only) : blocks_taken(*slot.node); };
  const std::uint64_t before = taken();
  if (slot.latency && counting_)
    process_sink(slot);
  else if (slot.untimed > 0)
    --slot.untimed, slot.node->process();
  else
    timed(slot, [&] { slot.node->process(); });
  return !check_failure(slot) && taken() > before;
}

// The same with the age of every block it takes.
void IslandTask::process_sink(Slot& slot) noexcept {
  std::array<Time, kTimedBlocks> captured;
  std::size_t count = 0;
  for (const InPort* in : slot.node->ins())
    for (std::size_t k = 0; k < in->waiting() && count < captured.size(); ++k)
      captured[count++] = PortWiring::waiting(*in, k).header.capture_time;
  const std::uint64_t before = blocks_taken(*slot.node);
  const Time start = session_.clock->now();
  slot.node->process();
  const Time end = session_.clock->now();
  account(slot, start, end);
  if (exact_) look_soon(slot);
  count = std::min<std::size_t>(count, blocks_taken(*slot.node) - before);
  if (slot.node->failed() || !(exact_ || fresh_)) return;
  for (std::size_t k = 0; k < count; ++k) slot.latency->record(end - captured[k]);
}

void IslandTask::end_input(InPort& port) noexcept {
  changed_ = true;
  end_input(slot_of(port.node()), port);
}

void IslandTask::end_input(std::size_t n, InPort& port) noexcept {
  PortWiring::end(port);
  slots_[n].ending = true;
  look_soon(slots_[n]);
  if (!slots_[n].driven) mark(n);
}

void IslandTask::finish(Slot& slot) noexcept {
  if (slot.ended) return;
  slot.ended = true;
  timed(slot, [&] { slot.node->flush(); });
  check_failure(slot);
  end_outputs(slot);
}

void IslandTask::end_outputs(Slot& slot) noexcept {
  for (InPort* in : slot.node->ins()) PortWiring::clear(*in);
  for (const Target& target : slot.targets) end_input(target.slot, *target.port);
  for (BorderLink* exit : slot.exits) exit->end();
  publish(slot);
  if (session_.nodes_running.fetch_sub(1, std::memory_order_acq_rel) == 1) session_.drained();
}

inline bool IslandTask::check_failure(Slot& slot) noexcept {
  if (!slot.node->failed()) [[likely]]
    return false;
  give_up(slot);
  return true;
}

// Ends its part of the stream; what still comes is dropped.
void IslandTask::give_up(Slot& slot) noexcept {
  slot.metrics->errors.fetch_add(1, std::memory_order_relaxed);
  session_.failed(slot.name, slot.node->failure());
  look_soon(slot);
  if (!std::exchange(slot.ended, true)) end_outputs(slot);
}

void IslandTask::arm_timer() noexcept {
  Time earliest = Time::max();
  for (const auto& head : heads_)
    if (!head->border && !head->ended && head->next.when == Pull::When::at)
      earliest = std::min(earliest, head->next.time);
  if (earliest != Time::max()) pool_->notify_at(*this, earliest);
}

template <typename Call>
inline void IslandTask::timed(Slot& slot, Call call) noexcept {
  const Time start = session_.clock->now();
  call();
  account(slot, start, session_.clock->now());
}

// Short calls are timed now and then; one that is stands for those skipped before it, if it was not held up itself.
void IslandTask::account(Slot& slot, Time start, Time end) noexcept {
  if (session_.tracer) [[unlikely]]
    trace_call(slot, start, end);
  const Duration::rep spent = std::max<Duration::rep>((end - start).count(), 1);
  slot.metrics->busy_ns.fetch_add(spent + std::min(spent, slot.last_ns) * slot.skipped, std::memory_order_relaxed);
  slot.last_ns = spent;
  slot.skipped = static_cast<std::uint32_t>(std::min<Duration::rep>(kTimedEvery_ns / spent, kMostSkipped));
  if (!counting_) slot.skipped = kAllSkipped;
  if (slot.ending || session_.tracer) slot.skipped = 0;  // a trace shows every call
  (slot.only || slot.driven ? slot.plain : slot.untimed) = slot.skipped;
}

void IslandTask::look_soon(Slot& slot) noexcept {
  slot.skipped -= slot.plain + slot.untimed;
  slot.plain = slot.untimed = 0;
}

}  // namespace sluice
