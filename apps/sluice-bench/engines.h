// A workload run by Sluice, and by a loop without any engine.
#pragma once

#include "apps/sluice-bench/measure.h"
#include "engine/core/result.h"

namespace sluice::bench {

// The graph of a workload, as a file would say it.
std::string graph_text(const Workload& workload);

// Through the whole engine: text -> plan -> session. The error is the graph's or the run's.
Result<Outcome> run_sluice(const Workload& workload, Arrivals& arrivals);

// The floor: one thread, one loop, the same copies, stamps and checks; `cut` and `window` have no meaning.
Outcome run_inline(const Workload& workload, Arrivals& arrivals);

}  // namespace sluice::bench
