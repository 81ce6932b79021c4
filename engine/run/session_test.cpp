#include "engine/run/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <mutex>
#include <semaphore>
#include <thread>

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr double kRate = 48000;
constexpr std::int64_t kFrames = 48;  // 1 ms
constexpr Format kAudio() {
  return {.media = "audio", .codec = "", .rate_hz = kRate, .channels = 1};
}

constexpr Traits kLiveSource = {.realtime = true, .clock = ClockDomain::device};
constexpr Traits kBlocking = {.realtime = false};

// Counts up, one block per call; ends after `blocks`.
class Counting final : public Node {
 public:
  explicit Counting(std::int64_t blocks, Traits traits = {}) : blocks_(blocks), traits_(traits) {}
  Out<float> out{*this, "out", "numbers"};
  Traits traits() const override { return traits_; }
  Status configure() override {
    out.set_spec(kAudio(), kFrames);
    return {};
  }
  Pull pull() REALTIME override {
    if (n_ == blocks_) return Pull::ended();
    BlockRef block = out.take();
    block->header.position = n_ * kFrames;
    block->header.flags = kIndependent;
    block->channel(0)[0] = static_cast<float>(n_++);
    out.emit(std::move(block));
    return Pull::again();
  }

 private:
  std::int64_t blocks_, n_ = 0;
  Traits traits_;
};

// A capture device that comes late with every other block: those are `lag` old when they enter the graph.
class Lagging final : public Node {
 public:
  Lagging(int blocks, Duration lag) : blocks_(blocks), lag_(lag) {}
  Out<float> out{*this, "out", "numbers"};
  Traits traits() const override { return kLiveSource; }
  Status configure() override {
    out.set_spec(kAudio(), kFrames);
    return {};
  }
  Pull pull() REALTIME override {
    if (n_ == blocks_) return Pull::ended();
    BlockRef block = out.take();
    block->header.flags = kIndependent;
    block->header.capture_time = n_ % 2 ? now() - lag_ : now();
    block->channel(0)[0] = static_cast<float>(n_++);
    out.emit(std::move(block));
    return Pull::again();
  }

 private:
  int blocks_, n_ = 0;
  Duration lag_;
};

class Pass final : public SampleNode {
 public:
  using SampleNode::process;
  void process(std::size_t) REALTIME override {}
};

// Keeps the first sample of every block; holds each block until `gate` lets it through, when there is one.
class Collecting final : public Node {
 public:
  explicit Collecting(Traits traits = {}, std::counting_semaphore<>* gate = nullptr) : traits_(traits), gate_(gate) {}
  In<float> in{*this, "in", "numbers"};
  Traits traits() const override { return traits_; }
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (BlockRef block = in.next()) {
      if (gate_) gate_->acquire();
      gaps += in.gap() ? 1 : 0;
      numbers.push_back(block->channel(0)[0]);
    }
  }
  void flush() REALTIME override { flushed = true; }
  std::vector<float> numbers;
  int gaps = 0;
  std::atomic<bool> flushed{false};

 private:
  Traits traits_;
  std::counting_semaphore<>* gate_;
};

class Failing final : public Node {
 public:
  In<float> in{*this, "in", "numbers"};
  Status configure() override { return {}; }
  void process() REALTIME override {
    in.next();
    fail("the device was unplugged: plug it in again");
  }
};

class Unpreparable final : public Node {
 public:
  In<float> in{*this, "in", "numbers"};
  Status configure() override { return {}; }
  Status prepare() override { return Error{"port", "in use by another program"}; }
};

class Adding final : public Node {
 public:
  In<float> a{*this, "a", "numbers"}, b{*this, "b", "numbers"};
  Out<float> out{*this, "out", "sums"};
  Status configure() override {
    out.set_spec(a.spec());
    return {};
  }
  bool ready() const noexcept override { return a.waiting() && b.waiting(); }
  void process() REALTIME override {
    BlockRef x = a.next(), y = b.next();
    BlockRef sum = out.take();
    stamp_from(*sum, *x);
    sum->channel(0)[0] = x->channel(0)[0] + y->channel(0)[0];
    out.emit(std::move(sum));
  }
};

// A graph by hand: nodes in topological order, links by index.
class GraphBuilder {
 public:
  std::size_t add(std::unique_ptr<Node> node) {
    NodeSpec spec;
    spec.name = "n" + std::to_string(graph_.nodes.size());
    graph_.order.push_back(graph_.nodes.size());
    graph_.nodes.push_back({std::move(spec), std::move(node)});
    return graph_.nodes.size() - 1;
  }
  GraphBuilder& link(std::size_t from, std::size_t to, std::size_t in = 0, LinkSpec spec = {}) {
    OutPort* out = graph_.nodes[from].node->outs()[0];
    InPort* to_port = graph_.nodes[to].node->ins()[in];
    PortWiring::connect(*out, *to_port);
    graph_.links.push_back({from, out, to, to_port, spec});
    return *this;
  }
  Plan plan(std::optional<Duration> budget = {}, std::optional<Overload> policy = {}) {
    graph_.spec.budget = budget;
    graph_.spec.on_overrun = policy;
    for (BuiltNode& built : graph_.nodes) {
      for (const BuiltLink& link : graph_.links)
        if (graph_.nodes[link.to].node == built.node) PortWiring::set_spec(*link.in, link.out->spec());
      EXPECT_TRUE(built.node->configure());
    }
    return compile(std::move(graph_));
  }

 private:
  BuiltGraph graph_;
};

std::vector<float> numbers_to(int count) {
  std::vector<float> numbers;
  for (int n = 0; n < count; ++n) numbers.push_back(static_cast<float>(n));
  return numbers;
}

const LinkSpec kCut = {.from = {}, .to = {}, .on_overrun = {}, .cut = true};

TEST(Session, RunsAChainToItsEndAndFlushes) {
  Executor executor;
  GraphBuilder g;
  auto sink = std::make_unique<Collecting>();
  Collecting& collected = *sink;
  const auto a = g.add(std::make_unique<Counting>(1000)), b = g.add(std::make_unique<Pass>()),
             c = g.add(std::move(sink));
  Plan plan = g.link(a, b).link(b, c).plan();
  EXPECT_EQ(plan.islands.size(), 1u);
  Session session(std::move(plan), executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(10s));
  EXPECT_TRUE(session.finish());
  EXPECT_EQ(collected.numbers, numbers_to(1000));
  EXPECT_TRUE(collected.flushed);
  EXPECT_EQ(session.report().nodes.at("n1").blocks, 1000u);
}

TEST(Session, LosesNothingAcrossABorderUnderWait) {
  Executor executor;
  GraphBuilder g;
  auto sink = std::make_unique<Collecting>();
  Collecting& collected = *sink;
  const auto a = g.add(std::make_unique<Counting>(5000)), b = g.add(std::make_unique<Pass>()),
             c = g.add(std::move(sink));
  Plan plan = g.link(a, b, 0, kCut).link(b, c, 0, kCut).plan();
  EXPECT_EQ(plan.islands.size(), 3u);
  Session session(std::move(plan), executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(20s));
  EXPECT_TRUE(session.finish());
  EXPECT_EQ(collected.numbers, numbers_to(5000));
  EXPECT_EQ(collected.gaps, 0);
}

TEST(Session, BlocksInFlightNeverExceedTheCredits) {
  Executor executor;
  GraphBuilder g;
  std::counting_semaphore<> gate(0);
  auto source = std::make_unique<Counting>(1000);
  Counting& counting = *source;
  auto sink = std::make_unique<Collecting>(kBlocking, &gate);
  const auto a = g.add(std::move(source)), b = g.add(std::move(sink));
  Session session(g.link(a, b, 0, kCut).plan(), executor);
  const std::size_t credits = session.plan().borders[0].credits;
  ASSERT_TRUE(session.start());
  for (int n = 0; n < 1000; ++n) gate.release();
  ASSERT_TRUE(session.wait(10s));
  EXPECT_TRUE(session.finish());
  EXPECT_LE(session.report().borders.size(), 1u);
  EXPECT_EQ(counting.out.emitted(), 1000u);
  EXPECT_LE(PortWiring::pool(counting.out)->grown(), credits);
}

TEST(Session, ShedsTheOldestAndMarksTheGapWhenTheSinkIsSlow) {
  Executor executor;
  GraphBuilder g;
  std::counting_semaphore<> gate(0);
  auto sink = std::make_unique<Collecting>(kBlocking, &gate);
  Collecting& collected = *sink;
  const auto a = g.add(std::make_unique<Counting>(500, kLiveSource)), b = g.add(std::move(sink));
  Session session(g.link(a, b).plan(1h, Overload::shed), executor);
  ASSERT_TRUE(session.start());
  while (session.report().nodes.at("n0").blocks < 500) std::this_thread::yield();
  gate.release(500);
  ASSERT_TRUE(session.wait(10s));
  const RunReport report = session.report();
  EXPECT_TRUE(session.finish());
  const std::uint64_t shed = report.sinks.at("n1").shed;
  EXPECT_GT(shed, 0u);
  EXPECT_EQ(collected.numbers.size() + shed, 500u) << "every block is either delivered or counted";
  EXPECT_GE(collected.gaps, 1);
  EXPECT_EQ(collected.numbers.back(), 499.0f) << "the newest survive";
}

TEST(Session, ShedsAtTheSourceWhatWouldMissTheBudgetBeforeWorkIsSpentOnIt) {
  Executor executor;
  GraphBuilder g;
  auto sink = std::make_unique<Collecting>();
  Collecting& collected = *sink;
  const auto a = g.add(std::make_unique<Lagging>(100, 1h)), b = g.add(std::make_unique<Pass>());
  const auto c = g.add(std::move(sink));
  Session session(g.link(a, b).link(b, c).plan(10min, Overload::shed), executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(10s));
  const RunReport report = session.report();
  EXPECT_TRUE(session.finish());
  EXPECT_EQ(collected.numbers.size(), 50u);
  EXPECT_EQ(report.nodes.at("n1").blocks, 50u) << "no work was spent on the others";
  EXPECT_EQ(report.sinks.at("n2").shed, 50u);
  EXPECT_EQ(report.sinks.at("n2").late, 0u);
  EXPECT_EQ(collected.gaps, 49) << "every delivered block but the first follows a gap";
}

TEST(Session, FailPolicyEndsTheGraphWithAnErrorThatNamesTheNode) {
  Executor executor;
  GraphBuilder g;
  std::counting_semaphore<> gate(0);
  const auto a = g.add(std::make_unique<Counting>(500, kLiveSource)),
             b = g.add(std::make_unique<Collecting>(kBlocking, &gate));
  Session session(g.link(a, b).plan(1h, Overload::fail), executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(10s));
  gate.release(500);
  const Status status = session.finish();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().where, "n1");
  EXPECT_THAT(status.error().message, HasSubstr("cannot keep up"));
}

TEST(Session, SharesBlocksAmongBranchesAndJoinsThemInOrder) {
  Executor executor;
  GraphBuilder g;
  auto sink = std::make_unique<Collecting>();
  Collecting& collected = *sink;
  const auto a = g.add(std::make_unique<Counting>(300)), left = g.add(std::make_unique<Pass>()),
             right = g.add(std::make_unique<Pass>());
  const auto sum = g.add(std::make_unique<Adding>()), end = g.add(std::move(sink));
  Session session(
      g.link(a, left).link(a, right, 0, kCut).link(left, sum, 0).link(right, sum, 1, kCut).link(sum, end).plan(),
      executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(10s));
  EXPECT_TRUE(session.finish());
  ASSERT_EQ(collected.numbers.size(), 300u);
  for (std::size_t n = 0; n < 300; ++n) EXPECT_EQ(collected.numbers[n], 2 * static_cast<float>(n));
}

TEST(Session, ReportsTheFirstErrorOfANode) {
  Executor executor;
  GraphBuilder g;
  const auto a = g.add(std::make_unique<Counting>(1'000'000)), b = g.add(std::make_unique<Failing>());
  Session session(g.link(a, b).plan(), executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(10s));
  const Status status = session.finish();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().text(), "n1: the device was unplugged: plug it in again");
}

TEST(Session, DoesNotStartWhenANodeCannotBePrepared) {
  Executor executor;
  GraphBuilder g;
  const auto a = g.add(std::make_unique<Counting>(10)), b = g.add(std::make_unique<Unpreparable>());
  Session session(g.link(a, b).plan(), executor);
  const Status status = session.start();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().text(), "n1: port: in use by another program");
}

TEST(Session, DrainsOnRequestStop) {
  Executor executor;
  GraphBuilder g;
  auto sink = std::make_unique<Collecting>();
  Collecting& collected = *sink;
  const auto a = g.add(std::make_unique<Counting>(1'000'000'000)), b = g.add(std::move(sink));
  Session session(g.link(a, b, 0, kCut).plan(), executor);
  ASSERT_TRUE(session.start());
  while (session.report().nodes.at("n0").blocks < 100) std::this_thread::yield();
  session.request_stop();
  ASSERT_TRUE(session.wait(10s));
  const std::uint64_t emitted = session.report().nodes.at("n0").blocks;
  EXPECT_TRUE(session.finish());
  EXPECT_EQ(collected.numbers.size(), emitted) << "what was under way arrived";
  EXPECT_TRUE(collected.flushed);
}

// A sink whose reader takes nothing any more.
class Stuck final : public Node {
 public:
  In<float> in{*this, "in", "numbers"};
  Traits traits() const override { return kBlocking; }
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (!host().given_up()) std::this_thread::yield();
  }
};

TEST(Session, GivesUpWhatDoesNotDrainAndSaysSo) {
  Executor executor;
  GraphBuilder g;
  const auto a = g.add(std::make_unique<Counting>(1'000'000'000)), b = g.add(std::make_unique<Stuck>());
  Session session(g.link(a, b, 0, kCut).plan(), executor, {.run_for = {}, .drain_timeout = 20ms});
  ASSERT_TRUE(session.start());
  while (session.report().nodes.at("n0").blocks < 2) std::this_thread::yield();
  session.request_stop();
  ASSERT_TRUE(session.wait(10s));
  const Status status = session.finish();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text(), HasSubstr("given up"));
}

TEST(Session, RunForLimitsTheStreamOfAFreeRunningSource) {
  Executor executor;
  GraphBuilder g;
  auto sink = std::make_unique<Collecting>();
  Collecting& collected = *sink;
  const auto a = g.add(std::make_unique<Counting>(1'000'000)), b = g.add(std::move(sink));
  Session session(g.link(a, b).plan(), executor, {.run_for = 250ms});
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(10s));
  EXPECT_TRUE(session.finish());
  EXPECT_EQ(collected.numbers.size(), 250u);
}

class Arriving final : public Node {
 public:
  In<float> in{*this, "in", "numbers"};
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (in.next()) arrived.fetch_add(1, std::memory_order_relaxed);
  }
  std::atomic<int> arrived{0};
};

TEST(Session, CountsAreTakenOrNotFromTheNextTurnOn) {
  Executor executor;
  GraphBuilder g;
  auto sink = std::make_unique<Arriving>();
  const std::atomic<int>& arrived = sink->arrived;
  const auto a = g.add(std::make_unique<Counting>(1'000'000'000)), b = g.add(std::move(sink));
  Session session(g.link(a, b).plan(), executor);
  const auto more_arrive = [&] {
    for (const int before = arrived; arrived < before + 10000;) std::this_thread::yield();
  };
  session.take_counts(false);
  ASSERT_TRUE(session.start());
  more_arrive();
  const RunReport report = session.report();
  EXPECT_EQ(report.nodes.at("n0").blocks, 0u);
  EXPECT_EQ(report.sinks.at("n1").recorded, 0u);
  EXPECT_EQ(report.islands.front().turns, 0u);

  session.take_counts(true);
  while (session.report().sinks.at("n1").recorded == 0) std::this_thread::yield();
  while (session.report().nodes.at("n0").blocks < 10000) std::this_thread::yield();  // those before among them
  EXPECT_GT(session.report().islands.front().turns, 0u);

  session.take_counts(false);
  const auto turns = [&] { return session.report().islands.front().turns; };
  for (std::uint64_t before = 0, after = turns(); before != after; after = turns()) {
    before = after;
    more_arrive();
  }
}

TEST(Session, ManySessionsShareOneExecutor) {
  Executor executor;
  std::vector<std::unique_ptr<Session>> sessions;
  std::vector<Collecting*> sinks;
  for (int n = 0; n < 50; ++n) {
    GraphBuilder g;
    auto sink = std::make_unique<Collecting>();
    sinks.push_back(sink.get());
    const auto a = g.add(std::make_unique<Counting>(200)), b = g.add(std::move(sink));
    sessions.push_back(std::make_unique<Session>(g.link(a, b, 0, kCut).plan(), executor));
    ASSERT_TRUE(sessions.back()->start());
  }
  for (std::size_t n = 0; n < sessions.size(); ++n) {
    ASSERT_TRUE(sessions[n]->wait(20s));
    EXPECT_TRUE(sessions[n]->finish());
    EXPECT_EQ(sinks[n]->numbers.size(), 200u);
  }
}

TEST(Session, IsAbortedByItsDestructor) {
  Executor executor;
  GraphBuilder g;
  const auto a = g.add(std::make_unique<Counting>(1'000'000'000)), b = g.add(std::make_unique<Collecting>());
  {
    Session session(g.link(a, b, 0, kCut).plan(), executor);
    ASSERT_TRUE(session.start());
  }
  SUCCEED();
}

}  // namespace
}  // namespace sluice
