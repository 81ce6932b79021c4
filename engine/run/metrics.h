// What a session counts while it runs. Written by islands with relaxed atomics, readable from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/run/histogram.h"

namespace sluice {

struct NodeMetrics {
  std::atomic<std::uint64_t> blocks{0};  // taken; for sources: emitted
  std::atomic<std::uint64_t> errors{0};
  std::atomic<Duration::rep> busy_ns{0};  // estimated: short calls are timed now and then
};

// One writer: the worker whose turn it is.
struct IslandMetrics {
  std::atomic<std::uint64_t> turns{0};
  std::atomic<Duration::rep> busy_ns{0}, longest_ns{0};

  void turn(Duration spent) noexcept {
    turns.store(turns.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    busy_ns.store(busy_ns.load(std::memory_order_relaxed) + spent.count(), std::memory_order_relaxed);
    if (spent.count() > longest_ns.load(std::memory_order_relaxed))
      longest_ns.store(spent.count(), std::memory_order_relaxed);
  }
};

struct SinkMetrics {
  LatencyHistogram latency;            // capture of a block's first sample -> handed to device, file or socket
  std::atomic<std::uint64_t> late{0};  // over the budget
  std::atomic<Duration> budget{Duration::max()};

  void record(Duration age) noexcept {
    latency.record(age);
    if (age > budget.load(std::memory_order_relaxed)) late.fetch_add(1, std::memory_order_relaxed);
  }
};

// A snapshot for people and programs.
struct SinkReport {
  Duration p50{}, p90{}, p99{}, p999{}, max{};
  std::uint64_t blocks = 0, late = 0;
  std::uint64_t shed = 0, replaced = 0;       // on the ways to this sink: lost, or overtaken under `latest`
  std::uint64_t recorded = 0;                 // latencies, of which the above are quantiles
  Duration sum{};                             // of them
  std::vector<LatencyHistogram::Step> steps;  // their distribution
};

struct NodeReport {
  std::string type;
  std::uint64_t blocks = 0, errors = 0;
  double busy_s = 0;
  std::map<std::string, double> counters;
};

struct BorderReport {
  std::string from, to;            // nodes
  std::string from_port, to_port;  // which of the links between them
  std::size_t depth = 0, credits = 0;
  std::uint64_t shed = 0, replaced = 0;
};

struct IslandReport {
  std::string name;         // as `sluice check` prints it
  std::uint64_t turns = 0;  // times that a worker ran it
  double busy_s = 0;
  Duration longest_turn{};
};

struct RunReport {
  enum class Phase { running, draining, ended } phase = Phase::running;
  double elapsed_s = 0;
  std::map<std::string, SinkReport> sinks;
  std::map<std::string, NodeReport> nodes;
  std::vector<BorderReport> borders;
  std::vector<IslandReport> islands;
  double xruns = 0;  // sum of the nodes' "xruns" counters
  bool live = false;
  bool realtime = false;       // real-time islands ran with raised priority
  bool memory_locked = false;  // no page fault could hold them up
};

}  // namespace sluice
