// The measures, the same for every engine: order and age of blocks at the sink; CPU time of the process over a window.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "apps/sluice-bench/workload.h"

namespace sluice::bench {

// What the source writes into the first 16 bytes of a block's samples, so that every engine carries it alike.
struct Stamp {
  std::uint64_t sequence;
  std::int64_t time_ns;  // on the monotonic clock; 0 where no latency is measured
};

inline void write_stamp(float* samples, const Stamp& stamp) noexcept {
  std::memcpy(samples, &stamp, sizeof stamp);
}
inline Stamp read_stamp(const float* samples) noexcept {
  Stamp stamp;
  std::memcpy(&stamp, samples, sizeof stamp);
  return stamp;
}

std::int64_t now_ns() noexcept;
void sleep_until(std::int64_t time_ns) noexcept;

// y = sum of the inputs behind their stamps; returns how many inputs do not carry the first one's sequence number.
std::uint64_t join(const float* const* inputs, std::size_t count, float* y, std::size_t samples) noexcept;

// What the sink sees. on_block(): one thread at a time; blocks(), first_ns(): any thread; the rest after the run.
class Arrivals {
 public:
  explicit Arrivals(const Workload& workload);

  void on_block(const float* samples) noexcept;

  std::uint64_t blocks() const noexcept { return blocks_.load(std::memory_order_acquire); }
  std::int64_t first_ns() const noexcept { return first_ns_.load(std::memory_order_acquire); }
  std::uint64_t order_errors() const noexcept { return order_errors_; }
  std::vector<std::int64_t> sorted_latencies() const;  // ns

 private:
  static constexpr std::uint64_t kSettling = 20;  // first blocks: threads start, caches fill

  const bool stamped_;
  const std::int64_t pace_ns_;  // the sink takes one block each; 0: at once
  std::int64_t due_ns_ = 0;
  std::uint64_t expected_ = 0, order_errors_ = 0;
  std::vector<std::int64_t> latencies_;
  std::atomic<std::uint64_t> blocks_{0};
  std::atomic<std::int64_t> first_ns_{0};
};

// The process over a window of wall time.
struct Usage {
  std::int64_t time_ns = 0;
  double cpu_s = 0;          // user and system time of this process
  double machine_s = 0;      // busy time of all processors, stolen time included
  long switches = 0;         // context switches of this process
  std::uint64_t blocks = 0;  // at the sink

  static Usage now(const Arrivals& arrivals);
};

struct Outcome {
  Usage begin, end;
  std::uint64_t join_errors = 0;
  int threads = 0;
  bool realtime = false;      // SCHED_FIFO was granted
  double load_ms = 0;         // text -> checked plan
  double first_block_ms = 0;  // text -> first block at the sink
  std::uint64_t turns = 0;    // of the islands
  double busy_us = 0;         // of them all
  double longest_turn_us = 0;
  std::vector<double> counts_over_none;  // CPU time a block, of workload.by_turns()
};

// Sleeps over warm-up and window, and reads the usage at both ends of the window.
void measure_window(const Workload& workload, const Arrivals& arrivals, Outcome& outcome);

// The same window in slices of some milliseconds: takes counts in them as `take_counts` is told, in the order no, yes,
// yes, no, and compares the process's CPU time for a block. One ratio of each four slices: what changes more slowly
// than those does not matter, and there is but one process, laid out in memory once.
void measure_by_turns(const Workload& workload, const Arrivals& arrivals, const std::function<void(bool)>& take_counts,
                      Outcome& outcome);

// One line of JSON with the fields that the programs of tools/bench peers share, and some more.
std::string to_json(const Workload& workload, const Arrivals& arrivals, const Outcome& outcome);

}  // namespace sluice::bench
