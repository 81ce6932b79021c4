#include "engine/run/island_task.h"

#include <algorithm>
#include <array>
#include <bit>

namespace sluice {
namespace {

constexpr int kQuantum = 64;               // head steps per turn: then other islands get the worker
constexpr std::size_t kJoinLimit = 64;     // blocks that one input of a join may run ahead of another
constexpr std::size_t kDrivenLimit = 2;    // blocks inside a self-driven node's input; the rest waits in the ring
constexpr std::uint64_t kTimedCalls = 64;  // each of the first calls is timed, then one in kTimedEvery
constexpr std::uint64_t kTimedEvery = 16;
constexpr std::size_t kMaxTimedBlocks = 16;  // blocks per sink call whose latency is recorded one by one

bool all_ended(const Node& node) {
  return std::ranges::all_of(node.ins(), [](const InPort* in) { return !in->connected() || PortWiring::ended(*in); });
}

std::uint64_t blocks_taken(const Node& node) {
  std::uint64_t taken = 0;
  for (const InPort* in : node.ins()) taken += PortWiring::taken(*in);
  return taken;
}

}  // namespace

struct IslandTask::FusedLink final : Delivery {
  FusedLink(IslandTask& in_island, InPort& to_port, std::size_t to, std::optional<Duration> oldest,
            std::atomic<std::uint64_t>& shed_counter)
      : island(in_island), port(to_port), to_slot(to), max_age(oldest), shed(shed_counter) {}
  void deliver(BlockRef block) noexcept override {
    if (max_age && block->has(kIndependent) && island.session_.clock->now() - block->header.capture_time > *max_age) {
      shed.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    PortWiring::push(port, std::move(block));
    island.mark(to_slot);
  }
  IslandTask& island;
  InPort& port;
  std::size_t to_slot;
  const std::optional<Duration> max_age;
  std::atomic<std::uint64_t>& shed;
};

struct IslandTask::Slot {
  Node* node = nullptr;
  std::string name;
  Traits traits;
  bool sink = false, ended = false;
  std::uint64_t calls = 0;
  NodeMetrics* metrics = nullptr;
  SinkMetrics* latency = nullptr;
  std::vector<FusedLink*> targets;
  std::vector<BorderLink*> exits;
};

// Where blocks come into the island: a border's consumer end, or a self-driven node.
struct IslandTask::Head {
  std::size_t slot = 0;
  BorderLink* border = nullptr;  // null: self-driven
  InPort* port = nullptr;        // of the border
  bool ended = false;
  Pull next = Pull::again();
  std::atomic<bool> woken{false};
  std::vector<BorderLink*> gates;  // exits reached from here: no step while one is closed
  std::vector<InPort*> joins;      // inputs that wait for another head's blocks
};

IslandTask::IslandTask(const Island& island, const Plan& plan, SessionState& session, WorkerPool& pool)
    : session_(session), pool_(&pool), nodes_(island.nodes), ready_((island.nodes.size() + 63) / 64) {
  for (const std::size_t n : nodes_) {
    const BuiltNode& built = plan.graph.nodes[n];
    auto slot = std::make_unique<Slot>();
    slot->node = built.node.get();
    slot->name = built.spec.name;
    slot->traits = built.node->traits();
    slot->sink = built.node->outs().empty();
    slots_.push_back(std::move(slot));
  }
}

IslandTask::~IslandTask() = default;

std::size_t IslandTask::slot_of(std::size_t node) const {
  return static_cast<std::size_t>(std::ranges::find(nodes_, node) - nodes_.begin());
}

void IslandTask::add_fused_link(OutPort& from, InPort& to, std::size_t from_slot, std::size_t to_slot,
                                std::optional<Duration> max_age, std::atomic<std::uint64_t>& shed) {
  fused_.push_back(std::make_unique<FusedLink>(*this, to, to_slot, max_age, shed));
  slots_[from_slot]->targets.push_back(fused_.back().get());
  PortWiring::add_delivery(from, *fused_.back());
}

void IslandTask::add_entry(BorderLink& border, InPort& to, std::size_t slot) {
  auto head = std::make_unique<Head>();
  head->slot = slot;
  head->border = &border;
  head->port = &to;
  heads_.push_back(std::move(head));
}

void IslandTask::add_exit(BorderLink& border, OutPort& from, std::size_t from_slot) {
  exits_.push_back(&border);
  slots_[from_slot]->exits.push_back(&border);
  PortWiring::add_delivery(from, border);
}

void IslandTask::set_metrics(std::size_t slot, NodeMetrics* node, SinkMetrics* sink) {
  slots_[slot]->metrics = node;
  slots_[slot]->latency = sink;
}

void IslandTask::finish_wiring() {
  for (std::size_t n = 0; n < slots_.size(); ++n) {
    if (!slots_[n]->node->self_driven()) continue;
    auto head = std::make_unique<Head>();
    head->slot = n;
    heads_.push_back(std::move(head));
  }
  std::ranges::stable_sort(heads_, [](const auto& a, const auto& b) { return a->slot > b->slot; });
  for (auto& head : heads_) {
    std::vector<bool> seen(slots_.size());
    const bool feeds_pull = head->border && slots_[head->slot]->node->self_driven();
    if (!feeds_pull) reach(head->slot, *head, seen);
    if (head->border && head->port->node().ins().size() > 1) head->joins.push_back(head->port);
  }
}

// Collects the exits and joins that blocks from `slot` come to. A join counts only if some other input of it is out of
// reach.
void IslandTask::reach(std::size_t slot, Head& head, std::vector<bool>& seen) const {
  if (seen[slot]) return;
  seen[slot] = true;
  head.gates.insert(head.gates.end(), slots_[slot]->exits.begin(), slots_[slot]->exits.end());
  for (const FusedLink* link : slots_[slot]->targets) {
    if (slots_[link->to_slot]->node->ins().size() > 1) head.joins.push_back(&link->port);
    reach(link->to_slot, head, seen);
  }
}

void IslandTask::wake_node(std::size_t slot) noexcept {
  for (auto& head : heads_)
    if (head->slot == slot && !head->border) head->woken.store(true, std::memory_order_release);
}

bool IslandTask::run() noexcept {
  if (!session_.launched.load(std::memory_order_acquire)) return false;
  for (int step = 0; step < kQuantum; ++step) {
    if (session_.aborted.load(std::memory_order_acquire)) return false;
    if (!advance()) {
      arm_timer();
      return false;
    }
  }
  return true;
}

bool IslandTask::advance() noexcept {
  if (!retry_exits()) return false;
  for (auto& head : heads_)
    if (!head->ended && (head->border ? step_entry(*head) : step_driven(*head))) return true;
  return false;
}

bool IslandTask::retry_exits() noexcept {
  bool all = true;
  for (BorderLink* exit : exits_) all = exit->retry() && all;
  return all;
}

bool IslandTask::may_go(Head& head) noexcept {
  for (BorderLink* gate : head.gates)
    if (!gate->open()) return false;
  return std::ranges::all_of(head.joins, [](const InPort* join) { return join->waiting() < kJoinLimit; });
}

bool IslandTask::step_entry(Head& head) noexcept {
  Slot& slot = *slots_[head.slot];
  const bool driven = slot.node->self_driven();
  if (driven && head.port->waiting() >= kDrivenLimit) return false;
  if (!may_go(head)) return false;
  const bool finished = head.border->finished();
  BlockRef block = head.border->take();
  if (!block && !finished) return false;
  if (block) {
    PortWiring::push(*head.port, std::move(block));
  } else {
    PortWiring::end(*head.port);
    head.ended = true;
  }
  if (driven) {
    wake_node(head.slot);
  } else {
    mark(head.slot);
    settle();
  }
  return true;
}

bool IslandTask::due(Head& head, Slot& slot) noexcept {
  if (head.woken.exchange(false, std::memory_order_acq_rel)) return true;
  if (head.next.when == Pull::When::again) return true;
  if (slot.node->ins().empty() && session_.stopping.load(std::memory_order_acquire)) return true;
  return head.next.when == Pull::When::at && session_.clock->now() >= head.next.time;
}

bool IslandTask::step_driven(Head& head) noexcept {
  Slot& slot = *slots_[head.slot];
  if (slot.ended || !due(head, slot)) return false;
  const bool stop = slot.node->ins().empty() && session_.stopping.load(std::memory_order_acquire);
  if (!stop && !may_go(head)) {
    head.woken.store(true, std::memory_order_release);  // still due when the gate opens
    return false;
  }
  if (!stop) timed(slot, [&] { head.next = slot.node->pull(); });
  if (check_failure(slot)) return false;
  settle();
  if (stop || head.next.when == Pull::When::ended || past_stream_limit(slot)) {
    finish(head.slot);
    head.ended = true;
    settle();
  }
  return true;
}

bool IslandTask::past_stream_limit(const Slot& slot) const noexcept {
  if (!session_.stream_limit || !slot.node->ins().empty() || slot.traits.clock != ClockDomain::none) return false;
  const OutPort& out = *slot.node->outs().front();
  const double rate = out.format().rate_hz;
  return rate > 0 && frames_to_duration(static_cast<double>(out.end_position()), rate) >= *session_.stream_limit;
}

void IslandTask::settle() noexcept {
  for (std::size_t word = ready_.size(); word > 0;) {
    std::uint64_t& bits = ready_[word - 1];
    if (bits == 0) {
      --word;
      continue;
    }
    const auto bit = static_cast<std::size_t>(std::bit_width(bits)) - 1;
    bits &= ~(std::uint64_t{1} << bit);
    run_slot((word - 1) * 64 + bit);
    word = ready_.size();  // depth first: what came farthest goes on first
  }
}

void IslandTask::run_slot(std::size_t n) noexcept {
  Slot& slot = *slots_[n];
  if (slot.ended) return;
  if (slot.node->ready() && process_once(slot) && slot.node->ready()) return mark(n);
  if (session_.aborted.load(std::memory_order_relaxed)) return;
  if (all_ended(*slot.node)) finish(n);
}

// True when the node took at least one block.
bool IslandTask::process_once(Slot& slot) noexcept {
  const std::uint64_t before = blocks_taken(*slot.node);
  std::array<Time, kMaxTimedBlocks> captured;
  std::size_t count = 0;
  const bool record = slot.sink && !slot.traits.hands_over && slot.latency;
  if (record)
    for (const InPort* in : slot.node->ins())
      for (std::size_t k = 0; k < in->waiting() && count < captured.size(); ++k)
        captured[count++] = PortWiring::waiting(*in, k).header.capture_time;
  timed(slot, [&] { slot.node->process(); });
  if (check_failure(slot)) return false;
  const std::uint64_t taken = blocks_taken(*slot.node) - before;
  const Time now = record ? session_.clock->now() : Time{};
  for (std::size_t k = 0; k < std::min<std::size_t>(count, taken); ++k)
    slot.latency->record(now - captured[k], session_.budget);
  return taken > 0;
}

void IslandTask::finish(std::size_t n) noexcept {
  Slot& slot = *slots_[n];
  if (slot.ended) return;
  slot.ended = true;
  timed(slot, [&] { slot.node->flush(); });
  for (InPort* in : slot.node->ins()) PortWiring::clear(*in);
  check_failure(slot);
  for (const FusedLink* link : slot.targets) {
    PortWiring::end(link->port);
    mark(link->to_slot);
  }
  for (BorderLink* exit : slot.exits) exit->end();
  if (session_.nodes_running.fetch_sub(1, std::memory_order_acq_rel) == 1) session_.drained();
}

bool IslandTask::check_failure(Slot& slot) noexcept {
  const std::string_view message = slot.node->failure();
  if (message.empty()) return false;
  slot.metrics->errors.fetch_add(1, std::memory_order_relaxed);
  session_.failed(slot.name, message);
  return true;
}

void IslandTask::arm_timer() noexcept {
  Time earliest = Time::max();
  for (const auto& head : heads_)
    if (!head->border && !head->ended && head->next.when == Pull::When::at)
      earliest = std::min(earliest, head->next.time);
  if (earliest != Time::max()) pool_->notify_at(*this, earliest);
}

template <typename Call>
void IslandTask::timed(Slot& slot, Call call) noexcept {
  const bool first = slot.calls < kTimedCalls;
  if (first || slot.calls % kTimedEvery == 0) {
    const Time start = session_.clock->now();
    call();
    const Duration::rep spent = (session_.clock->now() - start).count();
    slot.metrics->busy_ns.fetch_add(first ? spent : spent * static_cast<Duration::rep>(kTimedEvery),
                                    std::memory_order_relaxed);
  } else {
    call();
  }
  ++slot.calls;
  const std::uint64_t blocks =
      slot.node->ins().empty() ? slot.node->outs().front()->emitted() : blocks_taken(*slot.node);
  slot.metrics->blocks.store(blocks, std::memory_order_relaxed);
}

}  // namespace sluice
