// What a block costs on its way: taken from a pool and given back, in the island's turn and outside; across a border.
#include "engine/run/border_link.h"

#include <benchmark/benchmark.h>

#include "engine/stream/pool.h"

namespace sluice {
namespace {

constexpr BlockShape kShape{.channels = 1, .frames = 64, .sample_bytes = sizeof(float)};
constexpr int kIsland = 0;  // its address stands for an island

class StillClock final : public Clock {
 public:
  Time now() const noexcept override { return Time{std::chrono::seconds(1)}; }
};

void takes_and_gives_back(benchmark::State& state, bool in_a_turn) {
  BlockPool pool(kShape, 4, &kIsland);
  if (in_a_turn) running_turn.begin(&kIsland);
  for (auto _ : state) benchmark::DoNotOptimize(pool.take().get());
  running_turn.end();
}

void PoolInATurn(benchmark::State& state) {
  takes_and_gives_back(state, true);
}
BENCHMARK(PoolInATurn);

void PoolOutsideATurn(benchmark::State& state) {
  takes_and_gives_back(state, false);
}
BENCHMARK(PoolOutsideATurn);

// Both ends on one thread: the rings, credits and counters, without the wake-up of another worker.
void border(benchmark::State& state, Overload policy) {
  BlockPool pool(kShape, 4, &kIsland);
  const StillClock clock;
  BorderLink link({.link = 0, .on_overrun = policy, .credits = 4, .why = {}}, clock, {});
  link.connect([] {}, [] {}, [] {});
  running_turn.begin(&kIsland);
  for (auto _ : state) {
    benchmark::DoNotOptimize(link.open());
    link.deliver(pool.take());
    benchmark::DoNotOptimize(link.take().get());
    link.done();
  }
  running_turn.end();
}

void BorderUnderWait(benchmark::State& state) {
  border(state, Overload::wait);
}
BENCHMARK(BorderUnderWait);

void BorderUnderShed(benchmark::State& state) {
  border(state, Overload::shed);
}
BENCHMARK(BorderUnderShed);

}  // namespace
}  // namespace sluice
