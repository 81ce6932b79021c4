// Running one graph from a program: signals, live status line, summary, exit status.
#pragma once

#include <functional>
#include <string>

#include "engine/run/session.h"

namespace sluice::apps {

// Exit status of all our programs.
enum ExitCode : int { kDone = 0, kFailedWhileRunning = 1, kBadUsage = 2 };

// SIGINT, SIGTERM and SIGHUP (unless it is ignored, as nohup does) as values. One at a time; construct it in main()
// before what may wait. Until hold() a signal ends the process with kDone: nothing has begun.
class StopSignals {
 public:
  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  void hold();          // from now on signals are counted
  int arrived() const;  // signals so far
};

struct RunView {
  bool json = false;   // one JSON object on stdout at the end
  bool quiet = false;  // no status line, no summary
  std::function<std::string(const RunReport&)>
      status;                                     // the line to show about four times a second; empty: a general one
  std::function<void(const RunReport&)> summary;  // what to print at the end; empty: a general one
  std::function<void()> started;                  // called once the graph runs
  std::function<void()> ending = {};              // called when it has ended, before its nodes are stopped
  bool keeps_time = true;                         // false: in virtual time, where nothing can be late
};

// Starts the session, shows its status on a terminal's stderr, drains on a signal (a second one gives up at once),
// prints the summary. Returns the exit status.
int run_session(Session& session, StopSignals& signals, const RunView& view);

// What --for says, as in "10s", more than 0 and at most 1e9 s.
Result<Duration> parse_run_time(const std::string& text);

// "00:12:07  3 listeners  latency p99 96 ms of 250 ms  drops 0".
std::string general_status(const RunReport& report, std::optional<Duration> budget);

// What `sluice run --json` prints.
std::string to_json(const RunReport& report);

}  // namespace sluice::apps
