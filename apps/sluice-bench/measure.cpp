#include "apps/sluice-bench/measure.h"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <thread>

namespace sluice::bench {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr auto kSlice = std::chrono::milliseconds(10);
constexpr auto kSwitching = std::chrono::microseconds(1500);  // a turn of an island, and the first calls after it

// The p-quantile of sorted values by nearest rank, in microseconds; -1 where there are none.
double quantile_us(const std::vector<std::int64_t>& sorted, double p) {
  if (sorted.empty()) return -1;
  const auto rank = static_cast<std::size_t>(std::ceil(p * static_cast<double>(sorted.size())));
  return static_cast<double>(sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1]) / 1000;
}

// proc(5), /proc/stat: user, nice, system, idle, iowait, irq, softirq, steal, in ticks.
double machine_busy_s() {
  std::ifstream stat("/proc/stat");
  std::string label;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  stat >> label >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  return (user + nice + system + irq + softirq + steal) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

int thread_count() {
  std::ifstream status("/proc/self/status");
  for (std::string key; status >> key; status.ignore(std::numeric_limits<std::streamsize>::max(), '\n'))
    if (int threads = 0; key == "Threads:" && status >> threads) return threads;
  return 0;
}

rusage own_usage() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

double rounded(double value, double step) {
  return std::round(value / step) * step;
}

double process_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * kSecond + static_cast<double>(time.tv_nsec);
}

// CPU time a block, in ns; 0 where no block came.
double slice_cpu_ns(const Arrivals& arrivals) {
  std::this_thread::sleep_for(kSwitching);
  const double begin = process_cpu_ns();
  const std::uint64_t first = arrivals.blocks();
  std::this_thread::sleep_for(kSlice);
  const double spent = process_cpu_ns() - begin;
  const std::uint64_t blocks = arrivals.blocks() - first;
  return blocks > 0 ? spent / static_cast<double>(blocks) : 0;
}

}  // namespace

std::int64_t now_ns() noexcept {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

void sleep_until(std::int64_t time_ns) noexcept {
  const timespec until{.tv_sec = time_ns / kSecond, .tv_nsec = time_ns % kSecond};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr) != 0) {
  }
}

std::uint64_t join(const float* const* inputs, std::size_t count, float* y, std::size_t samples) noexcept {
  constexpr std::size_t kStampSamples = sizeof(Stamp) / sizeof(float);
  std::uint64_t strangers = 0;
  const std::uint64_t sequence = read_stamp(inputs[0]).sequence;
  std::memcpy(y, inputs[0], samples * sizeof(float));
  for (std::size_t i = 1; i < count; ++i) {
    const float* x = inputs[i];
    strangers += read_stamp(x).sequence != sequence;
    for (std::size_t n = kStampSamples; n < samples; ++n) y[n] += x[n];
  }
  return strangers;
}

Arrivals::Arrivals(const Workload& workload)
    : stamped_(workload.stamped()), pace_ns_(workload.paced_sink() ? workload.period().count() : 0) {
  if (stamped_) latencies_.reserve(1u << 20);
}

void Arrivals::on_block(const float* samples) noexcept {
  if (pace_ns_ > 0) {
    due_ns_ = (due_ns_ ? due_ns_ : now_ns()) + pace_ns_;
    sleep_until(due_ns_);
  }
  const Stamp stamp = read_stamp(samples);
  if (stamp.sequence != expected_) ++order_errors_;
  expected_ = stamp.sequence + 1;
  if (stamped_ && stamp.sequence >= kSettling && latencies_.size() < latencies_.capacity())
    latencies_.push_back(now_ns() - stamp.time_ns);
  const std::uint64_t before = blocks_.load(std::memory_order_relaxed);
  if (before == 0) first_ns_.store(now_ns(), std::memory_order_release);
  blocks_.store(before + 1, std::memory_order_release);
}

std::vector<std::int64_t> Arrivals::sorted_latencies() const {
  std::vector<std::int64_t> sorted = latencies_;
  if (pace_ns_ > 0) sorted.erase(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 2 / 3));
  std::ranges::sort(sorted);
  return sorted;
}

Usage Usage::now(const Arrivals& arrivals) {
  const rusage usage = own_usage();
  return {.time_ns = now_ns(),
          .cpu_s = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
          .machine_s = machine_busy_s(),
          .switches = usage.ru_nvcsw + usage.ru_nivcsw,
          .blocks = arrivals.blocks()};
}

void measure_window(const Workload& workload, const Arrivals& arrivals, Outcome& outcome) {
  std::this_thread::sleep_for(std::chrono::duration<double>(workload.warmup));
  outcome.begin = Usage::now(arrivals);
  std::this_thread::sleep_for(std::chrono::duration<double>(workload.seconds));
  outcome.end = Usage::now(arrivals);
  outcome.threads = thread_count();
}

void measure_by_turns(const Workload& workload, const Arrivals& arrivals, const std::function<void(bool)>& take_counts,
                      Outcome& outcome) {
  constexpr std::array kOrder = {false, true, true, false};
  std::this_thread::sleep_for(std::chrono::duration<double>(workload.warmup));
  outcome.begin = Usage::now(arrivals);
  const double end = static_cast<double>(outcome.begin.time_ns) + workload.seconds * kSecond;
  while (static_cast<double>(now_ns()) < end) {
    std::array<double, kOrder.size()> cost{};
    for (std::size_t k = 0; k < kOrder.size(); ++k) {
      take_counts(kOrder[k]);
      cost[k] = slice_cpu_ns(arrivals);
    }
    if (std::ranges::min(cost) > 0)
      outcome.counts_over_none.push_back(std::sqrt(cost[1] * cost[2] / (cost[0] * cost[3])));
  }
  outcome.end = Usage::now(arrivals);
  outcome.threads = thread_count();
}

std::string to_json(const Workload& workload, const Arrivals& arrivals, const Outcome& outcome) {
  const double wall = static_cast<double>(outcome.end.time_ns - outcome.begin.time_ns) * 1e-9;
  const double cpu = outcome.end.cpu_s - outcome.begin.cpu_s;
  const double others = outcome.end.machine_s - outcome.begin.machine_s - cpu;
  const auto blocks = static_cast<double>(outcome.end.blocks - outcome.begin.blocks);
  const double hops = blocks * workload.hops();
  const auto switches = static_cast<double>(outcome.end.switches - outcome.begin.switches);
  const std::vector<std::int64_t> latencies = arrivals.sorted_latencies();
  nlohmann::ordered_json line{
      {"engine", workload.engine},
      {"version", SLUICE_VERSION},
      {"variant", workload.variant},
      {"workload", workload.name},
      {"n", workload.n},
      {"block", workload.block},
      {"window", workload.window},
      {"wall_s", rounded(wall, 1e-3)},
      {"blocks", outcome.end.blocks - outcome.begin.blocks},
      {"samples_per_s", rounded(blocks * workload.block / wall, 1)},
      {"blocks_per_s", rounded(blocks / wall, 0.1)},
      {"hops_per_s", rounded(hops / wall, 1)},
      {"cpu_cores", rounded(cpu / wall, 1e-5)},
      {"cpu_ns_per_hop", hops > 0 ? rounded(cpu * 1e9 / hops, 0.01) : -1},
      {"csw_per_block", blocks > 0 ? rounded(switches / blocks, 1e-3) : -1},
      {"threads", outcome.threads},
      {"rss_kb", own_usage().ru_maxrss},
      {"lat_n", latencies.size()},
      {"lat_p50_us", quantile_us(latencies, 0.5)},
      {"lat_p90_us", quantile_us(latencies, 0.9)},
      {"lat_p99_us", quantile_us(latencies, 0.99)},
      {"lat_max_us", quantile_us(latencies, 1)},
      {"all_blocks", arrivals.blocks()},
      {"errors", arrivals.order_errors()},
      {"join_errors", outcome.join_errors},
      {"other_load_cores", rounded(std::max(0.0, others / wall), 0.01)},
      {"cut", workload.cut},
      {"realtime", outcome.realtime},
      {"load_ms", rounded(outcome.load_ms, 1e-3)},
      {"first_block_ms", rounded(outcome.first_block_ms, 1e-3)},
      {"turns", outcome.turns},
      {"turn_us", outcome.turns ? rounded(outcome.busy_us / static_cast<double>(outcome.turns), 1e-3) : -1},
      {"longest_turn_us", rounded(outcome.longest_turn_us, 0.1)},
  };
  if (workload.by_turns()) line["counts_over_none"] = outcome.counts_over_none;
  return line.dump();
}

}  // namespace sluice::bench
