// What a session counted, as JSON: what `sluice run --json` prints and the control plane shows.
#pragma once

#include <nlohmann/json.hpp>

#include "engine/run/metrics.h"

namespace sluice::apps {

nlohmann::json report_json(const RunReport& report);

}  // namespace sluice::apps
