// WebSocket /events: what has happened since the last look, as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/core/clock.h"
#include "engine/graph/plan.h"
#include "engine/run/metrics.h"

namespace sluice::control {

// Each counter that tells of a fault that was survived, by node and name.
using FaultCounters = std::set<std::pair<std::string, std::string>>;
FaultCounters fault_counters_of(const Plan& plan);

// Compares successive reports. One thread.
//   {"event":"state","state":"running"|"draining"|"ended"}
//   {"event":"late"|"shed","sink":NAME,"count":N}       since the event before
//   {"event":"shed","from":"a.out","to":"b.in","count":N}
//   {"event":"xrun","count":N}, {"event":"error","node":NAME,"count":N}
//   {"event":"fault","node":NAME,"counter":NAME,"count":N}
// All carry "at_s", the time since the graph's start.
class EventWatch {
 public:
  std::vector<nlohmann::json> observe(const RunReport& report, const FaultCounters& faults);

 private:
  RunReport last_;
  bool begun_ = false;
};

const char* to_string(RunReport::Phase phase);

}  // namespace sluice::control
