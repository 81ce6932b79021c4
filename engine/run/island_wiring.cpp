// Putting an island together: slots, links, pools, heads and what holds them back.
#include <algorithm>

#include "engine/run/age_gate.h"
#include "engine/run/island_task.h"

namespace sluice {
namespace {
constexpr std::size_t kSpareBlocks = 4;  // per output, beyond what may be outside the island
}

IslandTask::IslandTask(const Island& island, const Plan& plan, SessionState& session, WorkerPool& pool)
    : session_(session),
      pool_(&pool),
      nodes_(island.nodes),
      slots_(island.nodes.size()),
      ready_((island.nodes.size() + 63) / 64) {
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    const BuiltNode& built = plan.graph.nodes[nodes_[n]];
    Slot& slot = slots_[n];
    slot.node = built.node.get();
    slot.name = built.spec.name;
    slot.traits = built.node->traits();
    slot.driven = built.node->self_driven();
    const std::vector<InPort*>& ins = slot.node->ins();
    if (ins.size() == 1) slot.only = ins.front();
    if (slot.driven) continue;
    for (InPort* in : ins) PortWiring::set_ready(*in, ready_[n / 64], std::uint64_t{1} << (n % 64));
  }
}

IslandTask::~IslandTask() {
  for (const Slot& slot : slots_)
    for (InPort* in : slot.node->ins()) PortWiring::forget_ready(*in);
}

std::size_t IslandTask::slot_of(std::size_t node) const {
  return static_cast<std::size_t>(std::ranges::find(nodes_, node) - nodes_.begin());
}

void IslandTask::add_fused_link(OutPort& from, InPort& to, std::size_t from_slot, std::size_t to_slot,
                                std::optional<Duration> max_age, std::atomic<std::uint64_t>& shed) {
  slots_[from_slot].targets.push_back({&to, to_slot});
  if (!max_age) return PortWiring::add_input(from, to);
  gates_.push_back(std::make_unique<AgeGate>(to, *session_.clock, *max_age, shed));
  PortWiring::add_delivery(from, *gates_.back());
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
  slots_[from_slot].exits.push_back(&border);
  PortWiring::add_delivery(from, border);
}

void IslandTask::set_metrics(std::size_t n, NodeMetrics* node, SinkMetrics* sink) {
  Slot& slot = slots_[n];
  slot.metrics = node;
  slot.latency = slot.node->outs().empty() && !slot.traits.hands_over ? sink : nullptr;
  if (slot.latency) sinks_.push_back(&slot);
}

void IslandTask::make_pools(std::size_t in_flight) {
  struct Share {
    BlockShape shape;
    std::vector<OutPort*> ports;
  };
  std::vector<Share> shares;
  for (const Slot& slot : slots_)
    for (OutPort* out : slot.node->outs()) {
      const BlockShape shape = PortWiring::shape(*out);
      auto share = std::ranges::find(shares, shape, &Share::shape);
      if (share == shares.end()) share = shares.insert(shares.end(), {shape, {}});
      share->ports.push_back(out);
    }
  for (const Share& share : shares) {
    const auto pool = std::make_shared<BlockPool>(share.shape, kSpareBlocks * share.ports.size() + in_flight, this);
    for (OutPort* out : share.ports) PortWiring::set_pool(*out, pool);
  }
}

void IslandTask::finish_wiring() {
  for (Slot& slot : slots_) {
    if (slot.targets.size() != 1 || slots_.size() > 64) continue;
    slot.next = &slots_[slot.targets.front().slot];
    slot.next_bit = std::uint64_t{1} << slot.targets.front().slot;
  }
  for (std::size_t n = 0; n < slots_.size(); ++n) {
    if (!slots_[n].driven) continue;
    auto head = std::make_unique<Head>();
    head->slot = n;
    heads_.push_back(std::move(head));
  }
  std::ranges::stable_sort(heads_, [](const auto& a, const auto& b) { return a->slot > b->slot; });
  for (auto& head : heads_) {
    std::vector<bool> seen(slots_.size());
    const bool feeds_pull = head->border && slots_[head->slot].driven;
    if (!feeds_pull) reach(head->slot, *head, seen);
    if (head->border && head->port->node().ins().size() > 1) head->joins.push_back(head->port);
  }
}

// Collects the exits and joins that blocks from `slot` come to. A join counts only if some other input of it is out of
// reach.
void IslandTask::reach(std::size_t slot, Head& head, std::vector<bool>& seen) const {
  if (seen[slot]) return;
  seen[slot] = true;
  head.gates.insert(head.gates.end(), slots_[slot].exits.begin(), slots_[slot].exits.end());
  for (const Target& target : slots_[slot].targets) {
    if (slots_[target.slot].node->ins().size() > 1) head.joins.push_back(target.port);
    reach(target.slot, head, seen);
  }
}

}  // namespace sluice
