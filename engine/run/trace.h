// What ran when: events from any thread into preallocated buffers, and from there into a file for the trace viewers.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/core/clock.h"
#include "engine/core/result.h"

namespace sluice {

// Collects events. Recording is realtime-safe: each thread has a ring of its own, claimed with its first event; what
// does not fit is counted, never waited for. One tracer at a time may be recorded to by a thread.
class Tracer {
 public:
  using Name = std::uint32_t;

  enum class Kind : std::uint8_t { slice, counter, instant };
  struct Event {
    std::int64_t time_ns = 0;  // on the engine's clock
    std::int64_t value = 0;    // slice: its duration in ns; counter: its value; instant: how many
    Name name = 0;
    Kind kind = Kind::instant;
  };

  // `threads` rings of `events` each, rounded up to a power of two: 24 bytes an event.
  explicit Tracer(std::size_t threads = 32, std::size_t events = 16384);
  ~Tracer();
  Tracer(const Tracer&) = delete;
  Tracer& operator=(const Tracer&) = delete;

  // A number for a text that events carry; `category` groups them in the viewers. Any thread; not realtime-safe.
  Name name(std::string text, std::string category);

  // Any thread, realtime-safe.
  void slice(Name name, Time begin, Time end) noexcept {
    record({begin.time_since_epoch().count(), (end - begin).count(), name, Kind::slice});
  }
  void counter(Name name, Time at, std::int64_t value) noexcept {
    record({at.time_since_epoch().count(), value, name, Kind::counter});
  }
  void instant(Name name, Time at, std::int64_t count) noexcept {
    record({at.time_since_epoch().count(), count, name, Kind::instant});
  }
  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

  // The reader's side, one thread: what has been recorded since the last call, thread by thread.
  struct Recorded {
    std::size_t thread = 0;
    Event event;
  };
  void drain(std::vector<Recorded>& into);
  struct Named {
    std::string text, category;
  };
  std::vector<Named> names() const;
  std::vector<std::string> threads() const;  // by Recorded::thread, as the system calls them; empty: none yet

 private:
  struct Ring;

  void record(const Event& event) noexcept;
  Ring* claim() noexcept;

  const std::uint64_t id_;  // tells this tracer from an earlier one at the same address
  std::vector<std::unique_ptr<Ring>> rings_;
  std::atomic<std::size_t> claimed_{0};
  std::atomic<std::uint64_t> lost_{0};
  mutable std::mutex mutex_;  // guards names_
  std::vector<Named> names_;
};

}  // namespace sluice
