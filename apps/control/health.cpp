#include "apps/control/health.h"

#include <fmt/format.h>

namespace sluice::control {

void Health::observe(Time now, const RunReport& report) {
  std::uint64_t late = 0, blocks = 0, errors = 0;
  for (const auto& [name, sink] : report.sinks) late += sink.late;
  for (const auto& [name, node] : report.nodes) {
    blocks += node.blocks;
    errors += node.errors;
  }
  late_.push_back({now, late});
  while (late_.front().time < now - kWindow) late_.pop_front();
  if (!begun_ || blocks != blocks_) moved_ = now;
  begun_ = true;
  blocks_ = blocks;

  faults_.clear();
  if (const std::uint64_t recent = late - std::min(late, late_.front().late))
    faults_.push_back(fmt::format("{} blocks over the latency budget within {:g} s", recent, seconds(kWindow)));
  if (report.phase == RunReport::Phase::running && now - moved_ >= kStill)
    faults_.push_back(fmt::format("no block has moved for {:.0f} s", seconds(now - moved_)));
  if (errors > 0) faults_.push_back(fmt::format("{} errors of nodes", errors));
}

}  // namespace sluice::control
