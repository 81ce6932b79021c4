// What an island tells a tracer: its turns, the calls of its nodes within them, and the borders it takes from.
#include "engine/run/island_task.h"
#include "engine/run/trace.h"

namespace sluice {

void IslandTask::name_for_trace(Slot& slot) {
  if (&slot == &slots_.front()) trace_ = session_.tracer->name("island " + slot.name, "island");
  slot.trace = session_.tracer->name(slot.name, "node");
}

void IslandTask::name_for_trace(Head& head) {
  const std::string into = slots_[head.slot].name + "." + head.port->name();
  head.trace_depth = session_.tracer->name("waiting for " + into, "border");
  head.trace_shed = session_.tracer->name("shed before " + into, "drop");
}

void IslandTask::trace_call(const Slot& slot, Time start, Time end) noexcept {
  session_.tracer->slice(slot.trace, start, end);
}

void IslandTask::trace_turn(Time begin, Time end) noexcept {
  session_.tracer->slice(trace_, begin, end);
  for (const auto& head : heads_) {
    if (!head->border) continue;
    session_.tracer->counter(head->trace_depth, end, static_cast<std::int64_t>(head->border->depth()));
    const std::uint64_t shed = head->border->shed();
    if (shed > head->traced_shed)
      session_.tracer->instant(head->trace_shed, end, static_cast<std::int64_t>(shed - head->traced_shed));
    head->traced_shed = shed;
  }
}

}  // namespace sluice
