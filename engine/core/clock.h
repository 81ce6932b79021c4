// Time on the engine's monotonic clock, in nanoseconds. Tests run on FakeClock (engine/testing).
#pragma once

#include <chrono>

namespace sluice {

using Duration = std::chrono::nanoseconds;
using Time = std::chrono::time_point<std::chrono::steady_clock, Duration>;

// Thread-safe: yes. Realtime-safe: yes.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Time now() const noexcept = 0;
};

class MonotonicClock final : public Clock {
 public:
  Time now() const noexcept override { return std::chrono::steady_clock::now(); }
};

constexpr double seconds(Duration d) {
  return std::chrono::duration<double>(d).count();
}
constexpr double milliseconds(Duration d) {
  return seconds(d) * 1e3;
}
constexpr Duration from_seconds(double s) {
  return Duration(static_cast<Duration::rep>(s * 1e9 + (s < 0 ? -0.5 : 0.5)));
}

// Duration of `frames` sample frames at `rate_hz`; zero for a stream without a rate.
constexpr Duration frames_to_duration(double frames, double rate_hz) {
  return rate_hz > 0 ? from_seconds(frames / rate_hz) : Duration::zero();
}

}  // namespace sluice
