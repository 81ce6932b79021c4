// A latency histogram that is always on: log-linear buckets, one atomic add per value.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <vector>

#include "engine/core/clock.h"

namespace sluice {

// Buckets: powers of two of microseconds, each split into 16, so a percentile is right to 6 %. Range 0 .. 71 minutes.
// (The layout of HdrHistogram, G. Tene.) record(): any thread, realtime-safe; readers see a slightly moving picture.
class LatencyHistogram {
 public:
  void record(Duration value) noexcept {
    const auto micros = value.count() < 0 ? 0u : static_cast<std::uint64_t>(value.count() / 1000);
    buckets_[index(micros)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(std::max<Duration::rep>(value.count(), 0), std::memory_order_relaxed);
    Duration::rep seen = max_.load(std::memory_order_relaxed);
    while (value.count() > seen && !max_.compare_exchange_weak(seen, value.count(), std::memory_order_relaxed)) {
    }
  }

  std::uint64_t count() const noexcept {
    std::uint64_t all = 0;
    for (const auto& bucket : buckets_) all += bucket.load(std::memory_order_relaxed);
    return all;
  }
  Duration sum() const noexcept { return Duration(sum_.load(std::memory_order_relaxed)); }
  Duration max() const noexcept { return Duration(max_.load(std::memory_order_relaxed)); }

  // Upper edge of the bucket in which the quantile lies (0 < q <= 1), never above max(). Zero when empty.
  Duration quantile(double q) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(q * static_cast<double>(count()) + 0.999999);
    std::uint64_t seen = 0;
    for (std::size_t n = 0; n < kBuckets; ++n)
      if ((seen += buckets_[n].load(std::memory_order_relaxed)) >= wanted && seen > 0)
        return std::min(Duration(upper_edge(n) * 1000), max());
    return max();
  }

  // How many values were below `edge`, for edges at half octaves (1, 1.5, 2, 3, 4, 6 ..) from 16 us to 25 s.
  struct Step {
    Duration edge;
    std::uint64_t below;
  };
  std::vector<Step> steps() const {
    std::vector<Step> steps;
    std::uint64_t below = 0;
    std::size_t next = 0;
    for (std::uint64_t octave = kSplit; octave < std::uint64_t{1} << 25; octave *= 2)
      for (const std::uint64_t micros : {octave, octave + octave / 2}) {
        for (; next < index(micros); ++next) below += buckets_[next].load(std::memory_order_relaxed);
        steps.push_back({std::chrono::microseconds(micros), below});
      }
    return steps;
  }

 private:
  static constexpr std::size_t kSplit = 16, kBuckets = kSplit * 29;

  static std::size_t index(std::uint64_t micros) noexcept {
    if (micros < kSplit) return static_cast<std::size_t>(micros);
    const auto shift = static_cast<std::size_t>(std::bit_width(micros)) - 5;  // leaves 16..31
    return std::min(kSplit * (shift + 1) + static_cast<std::size_t>(micros >> shift) - kSplit, kBuckets - 1);
  }
  static Duration::rep upper_edge(std::size_t n) noexcept {
    if (n < kSplit) return static_cast<Duration::rep>(n) + 1;
    const std::size_t shift = n / kSplit - 1;
    return static_cast<Duration::rep>((n % kSplit + kSplit + 1) << shift);
  }

  std::array<std::atomic<std::uint64_t>, kBuckets> buckets_{};
  std::atomic<Duration::rep> sum_{0}, max_{0};  // ns
};

}  // namespace sluice
