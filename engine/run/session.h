// One running graph. Many sessions share an Executor.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/graph/plan.h"
#include "engine/run/edit.h"
#include "engine/run/executor.h"
#include "engine/run/metrics.h"

namespace sluice {

class Tracer;

struct SessionOptions {
  std::optional<Duration> run_for;  // stream time of free-running sources, wall time of live graphs
  Duration drain_timeout =
      std::chrono::seconds(5);  // after a stop: what has not drained by then is given up, which is an error
  // Called when the running graph was changed by set_param() or apply(), by their thread: what was changed.
  std::function<void(const std::string& what)> changed = {};
  Tracer* tracer = nullptr;  // records what runs when: two looks at the clock a call; outlives the session
};

// start(), wait(), finish(), plan(), destruction: one thread. Everything else: any thread (not a signal handler).
class Session {
 public:
  Session(Plan plan, Executor& executor, const SessionOptions& options = {});
  ~Session();  // aborts what still runs
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // Prepares the nodes, sinks first, and starts. On failure every prepared node is stopped again. `ready` is called
  // when all are prepared, before the first block flows.
  Status start(const std::function<void()>& ready = {});
  // Ends the sources; blocks under way drain to the sinks.
  void request_stop();
  // Waits until the graph has ended by itself, by a stop or by an error, or until `timeout`. True when it has ended.
  bool wait(Duration timeout);
  // After the end: the first error of a node, or success. Stops the nodes.
  Status finish();

  // Gives a live parameter a new value, as a graph file would say it ("-6 dB"); process() sees it from its next block
  // on. The error names what is allowed.
  Status set_param(std::string_view node, std::string_view param, std::string_view text);

  // Makes the running graph the one of `next`, which must be ok(). What is the same goes on with its state: a node with
  // the same name, type, constant parameters, inputs and configured outputs. The rest is built and prepared aside, then
  // swapped in at a block boundary, while islands that do not change never stop. What leaves is given its end of
  // stream, drained and stopped. On failure nothing has changed, and the old graph goes on. Blocks its caller until
  // what leaves has drained (or SessionOptions::drain_timeout).
  Result<EditReport> apply(Plan next);

  RunReport report() const;
  // Whether blocks, run times and ages are taken, from each island's next turn on. To measure what taking them costs:
  // otherwise they always are.
  void take_counts(bool taken) noexcept;
  // Calls `look` with the plan of the graph as it runs now: no edit takes place meanwhile. `look` must not call the
  // session.
  void inspect(const std::function<void(const Plan&)>& look) const;
  // The same without protection: for the thread that starts the session, where nobody applies edits.
  const Plan& plan() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sluice
