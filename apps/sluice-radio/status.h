// The radio's status line: level, bitrate, listeners, latency against the budget, drops.
#pragma once

#include <string>

#include "engine/run/session.h"

namespace sluice::apps {

// "00:01:07  ▂▅▇▇▅  -14 dBFS  128 kbit/s  3 listeners  latency p99 96/250 ms  drops 0".
std::string radio_status(const RunReport& report, const Plan& plan, int bitrate);

}  // namespace sluice::apps
