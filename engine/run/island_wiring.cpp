// Putting an island together, and changing it: slots, links, heads and what holds them back.
#include <algorithm>
#include <cassert>
#include <utility>

#include "engine/run/age_gate.h"
#include "engine/run/island_task.h"
#include "engine/run/node_runtime.h"

namespace sluice {

IslandTask::IslandTask(SessionState& session, WorkerPool& pool, const std::vector<Part>& parts)
    : session_(session),
      pool_(&pool),
      slots_(parts.size()),
      ready_(std::max<std::size_t>(1, (parts.size() + 63) / 64)) {
  for (std::size_t n = 0; n < parts.size(); ++n) {
    Slot& slot = slots_[n];
    slot.node = parts[n].node;
    slot.name = parts[n].name;
    slot.traits = slot.node->traits();
    slot.driven = slot.node->self_driven();
    if (slot.node->ins().size() == 1) slot.only = slot.node->ins().front();
    slot.metrics = &parts[n].runtime->metrics();
    slot.woken = &parts[n].runtime->woken();
    const bool sink = slot.node->outs().empty() && !slot.traits.hands_over;
    if (sink) slot.latency = parts[n].runtime->sink();
    if (slot.latency) sinks_.push_back(&slot);
    if (session_.tracer) name_for_trace(slot);
  }
}

IslandTask::~IslandTask() = default;

std::size_t IslandTask::slot_of(const Node& node) const noexcept {
  const auto found = std::ranges::find(slots_, &node, &Slot::node);
  assert(found != slots_.end());
  return static_cast<std::size_t>(found - slots_.begin());
}

bool IslandTask::has_ended(const Node& node) const noexcept {
  return slots_[slot_of(node)].ended;
}

void IslandTask::add_fused_link(OutPort& from, InPort& to, std::optional<Duration> max_age,
                                std::atomic<std::uint64_t>& shed) {
  slots_[slot_of(from.node())].targets.push_back({&to, slot_of(to.node())});
  if (!max_age) return wires_.push_back({&from, &to, nullptr});
  gates_.push_back(std::make_unique<AgeGate>(to, *session_.clock, *max_age, shed));
  wires_.push_back({&from, nullptr, gates_.back().get()});
}

void IslandTask::add_entry(BorderLink& border, InPort& to) {
  auto head = std::make_unique<Head>();
  head->slot = slot_of(to.node());
  head->border = &border;
  head->port = &to;
  if (session_.tracer) name_for_trace(*head);
  heads_.push_back(std::move(head));
}

void IslandTask::add_exit(BorderLink& border, OutPort& from) {
  exits_.push_back(&border);
  slots_[slot_of(from.node())].exits.push_back(&border);
  wires_.push_back({&from, nullptr, &border});
}

void IslandTask::connect() {
  changed_ = true;
  for (const Slot& slot : slots_) {
    const std::size_t n = index(slot);
    if (slot.driven) continue;
    mark(n);
    for (InPort* in : slot.node->ins()) PortWiring::set_ready(*in, ready_[n / 64], std::uint64_t{1} << (n % 64));
  }
  for (const Wire& wire : wires_) {
    if (wire.to)
      PortWiring::add_input(*wire.from, *wire.to);
    else
      PortWiring::add_delivery(*wire.from, *wire.delivery);
  }
  list_lines();
}

void IslandTask::list_lines() {
  lines_.clear();
  for (const Slot& slot : slots_) {
    lines_.push_back(&slot);
    lines_.push_back(slot.node);
    for (const InPort* in : slot.node->ins()) lines_.push_back(PortWiring::line(*in));
    for (const OutPort* out : slot.node->outs()) lines_.push_back(PortWiring::line(*out));
  }
}

void IslandTask::disconnect() {
  for (const Slot& slot : slots_) {
    for (InPort* in : slot.node->ins()) PortWiring::forget_ready(*in);
    for (OutPort* out : slot.node->outs()) PortWiring::disconnect(*out);
  }
}

void IslandTask::inherit(const IslandTask& before) {
  for (Slot& slot : slots_) {
    const auto old = std::ranges::find(before.slots_, slot.node, &Slot::node);
    if (old == before.slots_.end()) continue;
    slot.ended = old->ended;
    slot.ending = std::ranges::any_of(slot.node->ins(), [](const InPort* in) { return PortWiring::ended(*in); });
    for (const auto& was : before.heads_) {
      if (before.slots_[was->slot].node != slot.node) continue;
      for (const auto& head : heads_) {
        if (&slots_[head->slot] != &slot || head->border != was->border) continue;
        head->next = was->next;
        head->ended = was->ended;
      }
    }
  }
}

void IslandTask::become(IslandTask& fresh) {
  std::swap(slots_, fresh.slots_);
  std::swap(heads_, fresh.heads_);
  std::swap(gates_, fresh.gates_);
  std::swap(exits_, fresh.exits_);
  std::swap(wires_, fresh.wires_);
  std::swap(ready_, fresh.ready_);
  std::swap(sinks_, fresh.sinks_);
  std::swap(trace_, fresh.trace_);
}

void IslandTask::finish_wiring() {
  for (Slot& slot : slots_) {
    if (slot.targets.size() != 1 || !slot.exits.empty() || slots_.size() > 64) continue;
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
