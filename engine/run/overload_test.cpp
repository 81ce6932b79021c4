// Sessions under stress: sinks that stall, blocks that come too late, many sessions, stops and wakes from other
// threads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <semaphore>
#include <thread>

#include "engine/graph/front.h"
#include "engine/run/session.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kFrames = 48;  // 1 ms
const Format kAudio{.media = "audio", .codec = {}, .rate_hz = 48000, .channels = 1};

class AudioSource : public Node {
 public:
  Out<float> out{*this, "out", "numbers"};
  Traits traits() const override { return {.realtime = true, .clock = ClockDomain::device}; }
  Status configure() override {
    out.set_spec(kAudio, kFrames);
    return {};
  }

 protected:
  void emit(Time captured) {
    BlockRef block = out.take();
    block->header.capture_time = captured;
    block->header.position = n_++ * kFrames;
    block->header.flags = kIndependent;
    out.emit(std::move(block));
  }
  std::int64_t n_ = 0;
};

// As many blocks as `blocks`; every third was captured an hour ago.
class PartlyLate final : public AudioSource {
 public:
  Param<int> blocks{*this, "blocks", {.default_value = 300, .min = 1, .max = 1'000'000, .doc = "how many"}};
  Pull pull() REALTIME override {
    if (n_ == blocks) return Pull::ended();
    emit(n_ % 3 == 0 ? now() - 1h : now());
    return Pull::again();
  }
};

class Endless final : public AudioSource {
 public:
  Pull pull() REALTIME override {
    emit(now());
    return Pull::again();
  }
};

// Has nothing to say for an hour.
class Dormant final : public AudioSource {
 public:
  Pull pull() REALTIME override { return Pull::at(now() + 1h); }
};

// Emits what a foreign thread has announced by ring(), and ends after `blocks`.
class Rung final : public AudioSource {
 public:
  Param<int> blocks{*this, "blocks", {.default_value = 100, .min = 1, .max = 1'000'000, .doc = "how many"}};
  void ring() {
    announced_.fetch_add(1);
    host().wake();
  }
  Pull pull() REALTIME override {
    while (n_ < announced_.load()) emit(now());
    return n_ == blocks ? Pull::ended() : Pull::woken();
  }

 private:
  std::atomic<int> announced_{0};
};

// A device whose callback comes before its opening is over.
class Eager final : public AudioSource {
 public:
  Param<int> blocks{*this, "blocks", {.default_value = 3, .min = 1, .max = 1'000'000, .doc = "how many"}};
  Status prepare() override {
    std::jthread([this] { host().wake(); }).join();
    prepared_ = true;
    return {};
  }
  Pull pull() REALTIME override {
    pulled_unprepared = pulled_unprepared || !prepared_;
    if (n_ == blocks) return Pull::ended();
    emit(now());
    return Pull::again();
  }
  std::atomic<bool> pulled_unprepared{false};

 private:
  std::atomic<bool> prepared_{false};
};

// Keeps the oldest age it was given, and the numbers; waits at its gate if it has one.
class Watching final : public Node {
 public:
  In<float> in{*this, "in", "numbers"};
  Traits traits() const override { return {.realtime = false}; }
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (const BlockRef block = in.next()) {
      oldest = std::max(oldest, now() - block->header.capture_time);
      numbers.push_back(block->header.position / kFrames);
      if (gate) gate->acquire();
    }
  }
  Duration oldest{};
  std::vector<std::int64_t> numbers;
  std::counting_semaphore<>* gate = nullptr;
};

const Registry& registry() {
  static const Registry registry = [] {
    Registry r;
    r.add("partly_late", "source", [] { return std::make_unique<PartlyLate>(); });
    r.add("endless", "source", [] { return std::make_unique<Endless>(); });
    r.add("dormant", "source", [] { return std::make_unique<Dormant>(); });
    r.add("rung", "source", [] { return std::make_unique<Rung>(); });
    r.add("eager", "source", [] { return std::make_unique<Eager>(); });
    r.add("watching", "sink", [] { return std::make_unique<Watching>(); });
    return r;
  }();
  return registry;
}

Plan plan_of_text(const std::string& yaml) {
  Parsed parsed = parse_graph_yaml(yaml, "g.yaml", registry(), {});
  BuiltGraph built = build_graph(std::move(parsed.spec), registry());
  EXPECT_TRUE(parsed.ok() && built.ok()) << yaml;
  return compile(std::move(built));
}

Plan plan_of(const std::string& latency, const std::string& source) {
  return plan_of_text(latency + "nodes: { a: " + source + ", b: watching }\nlinks: [ a -> b ]\n");
}

template <typename N>
N& node(const Session& session, std::size_t n) {
  return static_cast<N&>(*session.plan().graph.nodes[n].node);
}

const std::string kShed = "latency: { budget: 30 min, on_overrun: shed }\n";

TEST(Overload, WhatCameTooLateIsShedAndCounted) {
  Executor executor;
  Session session(plan_of(kShed, "{ type: partly_late, blocks: 3000 }"), executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(20s));
  EXPECT_TRUE(session.finish());
  const RunReport report = session.report();
  const Watching& sink = node<Watching>(session, 1);
  EXPECT_LE(sink.oldest, 30min);
  EXPECT_EQ(sink.numbers.size() + report.sinks.at("b").shed, 3000u);
  EXPECT_EQ(report.sinks.at("b").late, 0u);
  for (const std::int64_t number : sink.numbers) EXPECT_NE(number % 3, 0) << number;
}

TEST(Overload, AStalledSinkMissesBlocksButIsNeverGivenAnOldOne) {
  Executor executor;
  std::counting_semaphore<> gate(0);
  Session session(plan_of(kShed, "{ type: partly_late, blocks: 500 }"), executor);
  node<Watching>(session, 1).gate = &gate;
  ASSERT_TRUE(session.start());
  while (session.report().nodes.at("a").blocks < 500) std::this_thread::yield();
  gate.release(500);
  ASSERT_TRUE(session.wait(20s));
  const RunReport report = session.report();
  EXPECT_TRUE(session.finish());
  const Watching& sink = node<Watching>(session, 1);
  EXPECT_LE(sink.oldest, 30min);
  EXPECT_EQ(sink.numbers.back(), 499);
  EXPECT_LE(sink.numbers.size(), 1 + session.plan().borders[0].credits);
  EXPECT_EQ(sink.numbers.size() + report.sinks.at("b").shed, 500u);
}

TEST(Overload, UnderWaitNothingIsShedHoweverLate) {
  Executor executor;
  Session session(plan_of("latency: { budget: 30 min, on_overrun: wait }\n", "{ type: partly_late, blocks: 900 }"),
                  executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(20s));
  const RunReport report = session.report();
  EXPECT_TRUE(session.finish());
  EXPECT_EQ(node<Watching>(session, 1).numbers.size(), 900u);
  EXPECT_EQ(report.sinks.at("b").shed, 0u);
  EXPECT_EQ(report.sinks.at("b").late, 300u) << "but it is counted";
}

// A branch that is held up at its first block, beside one that is not.
TEST(Overload, ABranchThatDropsNeverStallsTheOneBesideIt) {
  for (const std::string policy : {"latest", "shed"}) {
    Executor executor;
    std::counting_semaphore<> gate(0);
    Session session(
        plan_of_text("nodes: { a: { type: rung, blocks: 500 }, b: watching, c: watching }\nlinks: [ a -> b, { "
                     "link: a -> c, on_overrun: " +
                     policy + " } ]\n"),
        executor);
    node<Watching>(session, 2).gate = &gate;
    ASSERT_TRUE(session.start());
    for (int n = 0; n < 500; ++n) node<Rung>(session, 0).ring();
    while (session.report().sinks.at("b").blocks < 500) std::this_thread::yield();
    EXPECT_LE(session.report().sinks.at("c").blocks, 1u) << "it still stands at its gate";
    gate.release(500);
    ASSERT_TRUE(session.wait(30s));
    const SinkReport slow = session.report().sinks.at("c");
    EXPECT_TRUE(session.finish());
    EXPECT_EQ(node<Watching>(session, 1).numbers.size(), 500u);
    EXPECT_EQ(node<Watching>(session, 2).numbers.back(), 499) << "the newest is never lost";
    EXPECT_EQ(node<Watching>(session, 2).numbers.size() + slow.shed + slow.replaced, 500u) << policy;
    EXPECT_EQ(policy == "latest" ? slow.shed : slow.replaced, 0u);
    EXPECT_LE(node<Watching>(session, 2).numbers.size(), policy == "latest" ? 3u : 1 + 4u);
  }
}

TEST(Stop, OfAHundredSessionsByAnotherThread) {
  Executor executor;
  std::vector<std::unique_ptr<Session>> sessions;
  for (int n = 0; n < 100; ++n) {
    sessions.push_back(std::make_unique<Session>(plan_of("", "endless"), executor));
    ASSERT_TRUE(sessions.back()->start());
  }
  std::jthread stopper([&] {
    for (auto& session : sessions) session->request_stop();
  });
  for (auto& session : sessions) {
    ASSERT_TRUE(session->wait(30s));
    const std::uint64_t emitted = session->report().nodes.at("a").blocks;
    EXPECT_TRUE(session->finish());
    EXPECT_EQ(node<Watching>(*session, 1).numbers.size(), emitted);
  }
}

TEST(Stop, AHundredTimesOneAfterTheOther) {
  Executor executor;
  for (int n = 0; n < 100; ++n) {
    Session session(plan_of("", "endless"), executor);
    ASSERT_TRUE(session.start());
    std::jthread stopper([&] { session.request_stop(); });
    ASSERT_TRUE(session.wait(30s));
    EXPECT_TRUE(session.finish());
  }
}

TEST(Stop, EndsASourceThatWaitsForItsTime) {
  Executor executor;
  Session session(plan_of("", "dormant"), executor);
  ASSERT_TRUE(session.start());
  session.request_stop();
  ASSERT_TRUE(session.wait(30s));
  EXPECT_TRUE(session.finish());
}

TEST(Stop, TwiceIsOnce) {
  Executor executor;
  Session session(plan_of("", "endless"), executor);
  ASSERT_TRUE(session.start());
  session.request_stop();
  session.request_stop();
  ASSERT_TRUE(session.wait(30s));
  EXPECT_TRUE(session.finish());
  EXPECT_TRUE(session.finish()) << "finishing again is harmless";
}

// Ctrl-C while a device is opened.
TEST(Stop, BeforeTheStartEndsTheSessionAsSoonAsItRuns) {
  Executor executor;
  Session session(plan_of("", "endless"), executor);
  session.request_stop();
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(30s));
  EXPECT_TRUE(session.finish());
}

TEST(Stop, WithoutAStartIsHarmless) {
  Executor executor;
  Session session(plan_of("", "endless"), executor);
  session.request_stop();
  EXPECT_TRUE(session.finish());
}

TEST(Wake, DuringPreparationRunsNothingUntilAllArePrepared) {
  Executor executor;
  Session session(plan_of("", "{ type: eager, blocks: 3 }"), executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(30s));
  EXPECT_TRUE(session.finish());
  EXPECT_FALSE(node<Eager>(session, 0).pulled_unprepared);
  EXPECT_EQ(node<Watching>(session, 1).numbers.size(), 3u) << "and the wake is not forgotten";
}

TEST(Wake, FromAForeignThreadIsNeverLost) {
  Executor executor;
  Session session(plan_of("", "{ type: rung, blocks: 2000 }"), executor);
  ASSERT_TRUE(session.start());
  std::jthread ringer([&] {
    for (int n = 0; n < 2000; ++n) node<Rung>(session, 0).ring();
  });
  ASSERT_TRUE(session.wait(30s));
  ringer.join();
  EXPECT_TRUE(session.finish());
  EXPECT_EQ(node<Watching>(session, 1).numbers.size(), 2000u);
}

TEST(Wake, ReachesEachOfAHundredSessions) {
  Executor executor;
  std::vector<std::unique_ptr<Session>> sessions;
  for (int n = 0; n < 100; ++n) {
    sessions.push_back(std::make_unique<Session>(plan_of("", "{ type: rung, blocks: 3 }"), executor));
    ASSERT_TRUE(sessions.back()->start());
  }
  std::jthread ringer([&] {
    for (int n = 0; n < 3; ++n)
      for (auto& session : sessions) node<Rung>(*session, 0).ring();
  });
  for (std::size_t n = 0; n < sessions.size(); ++n) {
    ASSERT_TRUE(sessions[n]->wait(10s)) << "session " << n << " waits for a wake that was lost";
    EXPECT_TRUE(sessions[n]->finish());
  }
}

}  // namespace
}  // namespace sluice
