// Heavy work beside the audio path must not delay it, where the system grants real-time priority.
#include <pthread.h>
#include <sched.h>

#include "tests/realtime/nodes_for_tests.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

bool fifo_is_granted() {
  bool granted = false;
  std::thread([&] {
    const sched_param parameters{.sched_priority = 20};
    granted = pthread_setschedparam(pthread_self(), SCHED_FIFO, &parameters) == 0;
  }).join();
  return granted;
}

const std::string kAudio =
    "latency: { budget: 10 ms, on_overrun: shed }\n"
    "nodes: { mic: { type: paced, blocks: 1000 }, a: { type: work, cost: 100 us }, sink: watch }\n"
    "links: [ mic -> a -> sink ]\n";

// A recogniser that never rests, twice: all cores are taken.
const std::string kModel =
    "nodes: { text: endless, model: { type: model, cost: 50 ms }, sink: watch }\n"
    "links: [ text -> model -> sink ]\n";

TEST(Isolation, ModelsThatTakeAllCoresDoNotMoveTheAudioPathPastItsBound) {
  if (!fifo_is_granted()) GTEST_SKIP() << "real-time priority is not granted here";
  Executor executor;
  ASSERT_TRUE(executor.realtime_pool().realtime());
  std::vector<std::unique_ptr<Session>> models;
  for (int n = 0; n < 4; ++n) {
    models.push_back(std::make_unique<Session>(realtime_plan(kModel), executor));
    ASSERT_TRUE(models.back()->start());
  }
  const BusyThreads load(std::thread::hardware_concurrency());
  Session audio(realtime_plan(kAudio), executor);
  ASSERT_TRUE(audio.start());
  ASSERT_TRUE(audio.wait(60s));
  const RunReport report = audio.report();
  EXPECT_TRUE(audio.finish());
  const SinkReport& sink = report.sinks.at("sink");
  EXPECT_TRUE(report.realtime);
  EXPECT_LE(sink.p99, 10ms);
  EXPECT_LE(sink.shed + sink.late, 10u) << "of 1000";
  EXPECT_GE(models[0]->report().nodes.at("model").blocks, 1u) << "the models ran meanwhile";
}

TEST(Isolation, TheReportSaysWhetherPriorityAndMemoryWereGranted) {
  Executor executor, modest({.raise_priority = false, .lock_memory = false});
  const std::string brief =
      "nodes: { mic: { type: paced, blocks: 3 }, sink: watch }\n"
      "links: [ mic -> sink ]\n";
  Session raised(realtime_plan(brief), executor), plain(realtime_plan(brief), modest);
  ASSERT_TRUE(raised.start());
  ASSERT_TRUE(plain.start());
  ASSERT_TRUE(raised.wait(60s));
  ASSERT_TRUE(plain.wait(60s));
  EXPECT_EQ(raised.report().realtime, fifo_is_granted());
  EXPECT_EQ(raised.report().memory_locked, executor.lock_memory());
  EXPECT_FALSE(plain.report().realtime);
  EXPECT_FALSE(plain.report().memory_locked);
}

}  // namespace
}  // namespace sluice
