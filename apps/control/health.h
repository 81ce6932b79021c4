// GET /healthz: is the running graph well?
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/clock.h"
#include "engine/run/metrics.h"

namespace sluice::control {

// Judges successive reports. One thread.
class Health {
 public:
  static constexpr Duration kWindow = std::chrono::seconds(10);  // what is older is over
  static constexpr Duration kStill = std::chrono::seconds(5);    // longer without a block is a standstill

  // `now` never goes back.
  void observe(Time now, const RunReport& report);
  // What is wrong, one sentence each; empty when all is well: blocks over the budget within the window, no node that
  // took a block for too long, a node's error.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  struct Seen {
    Time time;
    std::uint64_t late;
  };
  std::deque<Seen> late_;  // the reports within the window
  std::uint64_t blocks_ = 0;
  Time moved_{};
  bool begun_ = false;
  std::vector<std::string> faults_;
};

}  // namespace sluice::control
