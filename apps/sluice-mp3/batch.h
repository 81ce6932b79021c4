// Many files, some at a time, on one executor.
#pragma once

#include "apps/common/run.h"
#include "apps/sluice-mp3/jobs.h"
#include "apps/sluice-mp3/options.h"

namespace sluice::apps {

// Encodes all jobs, options.jobs at a time. One that fails is told of at once and the others go on. After a signal no
// new one begins, and those under way are finished where they are. Returns the exit status.
int encode_batch(const std::vector<EncodeJob>& jobs, const EncodeOptions& options, StopSignals& signals);

}  // namespace sluice::apps
