// A recorded graph once more, with players of the recording in place of its sources.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/graph/front.h"
#include "engine/graph/plan.h"
#include "engine/run/recording.h"

namespace sluice {

// A player emits each block when its source did, with the header that it had: capture time, position, duration, flags.
// Nodes behind it that stamp anew (a pacer) stamp by the clock of the replay.
//
// On an executor with a VirtualClock that begins at Recording::start() every time is that of the recorded run. Any
// other executor replays in its own time: all times are moved by the time between the two runs.
//
// Nothing is shed in a replay: every border waits, so what a sink gets depends on the recording alone.
struct Replay {
  Plan plan;                          // its diagnostics say what is wrong; runs when ok()
  std::vector<std::string> left_out;  // recorded sources that are not in the graph any more: replaced
};

// `options`: replacements and additions; the recorded graph has no variables any more. `registry` knows the types of
// the graph (plug-ins are loaded). It need not outlive the plan.
Replay load_replay(std::shared_ptr<const Recording> recording, const Registry& registry, const FrontOptions& options);

// An error where the graph was changed while it was recorded: its output cannot come again.
Status check_unchanged(const Recording& recording);

// Names of the nodes that work on threads or devices of their own: a virtual clock does not rule them.
std::vector<std::string> nodes_of_their_own_time(const Plan& plan);

}  // namespace sluice
