// One running graph. Many sessions share an Executor.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "engine/graph/plan.h"
#include "engine/run/executor.h"
#include "engine/run/metrics.h"

namespace sluice {

struct SessionOptions {
  std::optional<Duration> run_for;  // stream time of free-running sources, wall time of live graphs
  Duration drain_timeout =
      std::chrono::seconds(5);  // after a stop: what has not drained by then is given up, which is an error
};

// start(), wait(), destruction: one thread. request_stop(), report(): any thread (not a signal handler).
class Session {
 public:
  Session(Plan plan, Executor& executor, const SessionOptions& options = {});
  ~Session();  // aborts what still runs
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Prepares the nodes, sinks first, and starts. On failure every prepared node is stopped again.
  Status start();
  // Ends the sources; blocks under way drain to the sinks.
  void request_stop();
  // Waits until the graph has ended by itself, by a stop or by an error, or until `timeout`. True when it has ended.
  bool wait(Duration timeout);
  // After the end: the first error of a node, or success. Stops the nodes.
  Status finish();

  RunReport report() const;
  const Plan& plan() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
