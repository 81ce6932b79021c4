// The latency budget as it is enforced while other programs want the cores: what would come too late is shed and
// counted.
#include "tests/realtime/nodes_for_tests.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

// Between the engine's last look at a block's age and the sink's own lies nothing but a function call, but the
// scheduler may take the core away just there. Such blocks are few, and counted as late.
constexpr std::uint64_t kTornAway = 3;

struct Outcome {
  std::uint64_t emitted = 0, delivered = 0, shed = 0, late = 0, old = 0, gaps = 0;
};

Outcome run_loaded(const std::string& yaml) {
  Executor executor({.realtime_workers = 2, .elastic_workers = 2, .raise_priority = false, .lock_memory = false});
  Session session(realtime_plan(yaml), executor);
  const BusyThreads load(2 * std::thread::hardware_concurrency());
  EXPECT_TRUE(session.start());
  EXPECT_TRUE(session.wait(60s));
  const RunReport report = session.report();
  EXPECT_TRUE(session.finish());
  const Watch& watch = node_named<Watch>(session, "sink");
  const SinkReport& sink = report.sinks.at("sink");
  return {report.nodes.at("mic").blocks, watch.delivered, sink.shed, sink.late, watch.old, watch.gaps};
}

void expect_enforced(const Outcome& outcome, std::uint64_t emitted) {
  EXPECT_EQ(outcome.emitted, emitted);
  EXPECT_EQ(outcome.delivered + outcome.shed, outcome.emitted) << "every block is either delivered or counted";
  EXPECT_LE(outcome.old, outcome.late + kTornAway) << "what slipped through is counted as late";
  EXPECT_LE(outcome.old, kTornAway + outcome.delivered / 100) << "hardly a block slips through";
}

TEST(Enforcement, WithinOneIslandNoBlockOverTheBudgetReachesTheSink) {
  expect_enforced(run_loaded("latency: { budget: 12 ms, on_overrun: shed }\n"
                             "nodes: { mic: { type: paced, blocks: 600 }, a: { type: work, cost: 300 us },\n"
                             "         sink: { type: watch, limit: 12 ms } }\n"
                             "links: [ mic -> a -> sink ]\n"),
                  600);
}

TEST(Enforcement, AcrossBordersNoBlockOverTheBudgetReachesTheSink) {
  expect_enforced(run_loaded("latency: { budget: 12 ms, on_overrun: shed }\n"
                             "nodes: { mic: { type: paced, blocks: 600 }, a: { type: work, cost: 300 us },\n"
                             "         b: { type: model, cost: 300 us }, sink: { type: watch, limit: 12 ms } }\n"
                             "links: [ mic -> a -> b -> sink ]\n"),
                  600);
}

// A node that needs more than a core: without shedding, the last of these blocks would be more than two seconds old.
TEST(Enforcement, OfWhatANodeCannotKeepUpWithItShedsTheRestAndFlagsTheGaps) {
  const Outcome outcome = run_loaded(
      "latency: { budget: 30 ms, on_overrun: shed }\n"
      "nodes: { mic: { type: paced, blocks: 600 }, a: { type: model, cost: 6 ms },\n"
      "         sink: { type: watch, limit: 30 ms } }\n"
      "links: [ mic -> a -> sink ]\n");
  expect_enforced(outcome, 600);
  EXPECT_GT(outcome.shed, 300u);
  EXPECT_GT(outcome.gaps, 0u);
}

}  // namespace
}  // namespace sluice
