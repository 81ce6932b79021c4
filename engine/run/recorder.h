// Writes down what the sources of a running graph emit (recording_format.h), off their path.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/core/clock.h"
#include "engine/core/result.h"
#include "engine/graph/plan.h"

namespace sluice {

// Every output of a node without inputs is tapped: its blocks are copied, where they are emitted, into a ring of fixed
// size; a thread of the recorder's own writes them to the file. In a live graph a block that finds its ring full is
// lost to the recording (never to the graph), and counted; in any other graph the source waits.
class Recorder {
 public:
  struct Totals {
    std::size_t sources = 0;
    std::uint64_t blocks = 0, lost = 0, bytes = 0;
  };

  // Creates the file and taps `plan`, of which a session is made afterwards. The recorder must outlive the session.
  // `clock` is the executor's.
  static Result<std::unique_ptr<Recorder>> create(const std::string& path, Plan& plan, const Clock& clock);
  virtual ~Recorder() = default;

  // The graph was changed: what a replay gives from there on is something else. Any thread; SessionOptions::changed.
  virtual void note_change(std::string_view what) = 0;
  // After the session has finished: completes the file. The error says why it could not be written; blocks that were
  // lost are none, and in the totals.
  virtual Status finish() = 0;
  virtual Totals totals() const = 0;  // after finish()
};

}  // namespace sluice
