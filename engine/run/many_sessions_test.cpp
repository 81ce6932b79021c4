// Hundreds of sessions in one process: one's end, stop or failure is nobody else's affair.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <dirent.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <thread>

#include "engine/core/denormals.h"
#include "engine/graph/front.h"
#include "engine/run/session.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr std::int64_t kFrames = 48;

// "ramp": counts from `first`; fails at block `fails`, if that is not negative.
class Ramp final : public Node {
 public:
  Out<float> out{*this, "out", "numbers"};
  Param<int> blocks{*this, "blocks", {.default_value = 200, .min = 1, .doc = "how many"}};
  Param<int> first{*this, "first", {.default_value = 0, .doc = "number"}};
  Param<bool> live{*this, "live", {.doc = "a device"}};
  Param<int> fails{*this, "fails", {.default_value = -1, .min = -1, .doc = "block"}};
  Traits traits() const override { return {.clock = live ? ClockDomain::device : ClockDomain::none}; }
  Status configure() override {
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = 48000, .channels = 1}, kFrames);
    return {};
  }
  Pull pull() REALTIME override {
    if (n_ == fails) fail("the device was unplugged: plug it in again");
    if (n_ == blocks || n_ == fails) return Pull::ended();
    BlockRef block = out.take();
    block->header.position = n_ * kFrames;
    std::ranges::fill(block->channel(0), 0.0f);
    block->channel(0)[0] = static_cast<float>(first + n_++);
    out.emit(std::move(block));
    return Pull::again();
  }

 private:
  int n_ = 0;
};

// "decay": y[n] = x[n] + 0.5 y[n-1], which becomes denormal in silence.
class Decay final : public SampleNode {
 public:
  using SampleNode::process;
  void process(std::size_t frames) REALTIME override {
    for (std::size_t n = 0; n < frames; ++n) channel(0)[n] = y_ = channel(0)[n] + 0.5f * y_;
  }

 private:
  float y_ = 0;
};

// "broken": fails at block `at`.
class Broken final : public SampleNode {
 public:
  Param<int> at{*this, "at", {.default_value = 50, .min = 0, .doc = "block"}};
  using SampleNode::process;
  void process(std::size_t) REALTIME override {
    if (n_++ == at) fail("no more");
  }

 private:
  int n_ = 0;
};

// "keep": keeps every sample.
class Keep final : public Node {
 public:
  In<float> in{*this, "in", "numbers"};
  Param<bool> blocks{*this, "blocks", {.doc = "may block"}};
  Traits traits() const override { return {.realtime = !blocks}; }
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (const BlockRef block = in.next())
      for (const float x : std::as_const(*block).channel(0)) samples.push_back(x);
  }
  void flush() REALTIME override { flushed = true; }
  void stop() override { stopped = true; }
  std::vector<float> samples;
  bool flushed = false, stopped = false;
};

const Registry& registry() {
  static const Registry registry = [] {
    Registry r;
    r.add("ramp", "source", [] { return std::make_unique<Ramp>(); });
    r.add("decay", "filters", [] { return std::make_unique<Decay>(); });
    r.add("broken", "fails", [] { return std::make_unique<Broken>(); });
    r.add("keep", "sink", [] { return std::make_unique<Keep>(); });
    return r;
  }();
  return registry;
}

Plan plan_of(const std::string& line) {
  Parsed parsed = parse_graph_line(line, registry(), {});
  BuiltGraph built = build_graph(std::move(parsed.spec), registry());
  EXPECT_TRUE(parsed.ok() && built.ok()) << line;
  for (LinkSpec& link : built.spec.links) link.cut = true;
  for (BuiltLink& link : built.links) link.spec.cut = true;
  return compile(std::move(built));
}

const Keep& kept(const Session& session, const std::string& name = "end") {
  for (const BuiltNode& built : session.plan().graph.nodes)
    if (built.spec.name == name) return static_cast<const Keep&>(*built.node);
  throw std::invalid_argument(name);
}

int threads_of_this_process() {
  int count = 0;
  DIR* tasks = opendir("/proc/self/task");
  while (const dirent* entry = readdir(tasks)) count += entry->d_name[0] != '.' ? 1 : 0;
  closedir(tasks);
  return count;
}

std::vector<float> alone(const std::string& line) {
  Executor executor;
  Session session(plan_of(line), executor);
  EXPECT_TRUE(session.start());
  EXPECT_TRUE(session.wait(30s));
  EXPECT_TRUE(session.finish());
  return kept(session).samples;
}

TEST(ManySessions, ThreeHundredAtATimeGiveTheSameBytesAsOneAlone) {
  const std::string good = "ramp(blocks=200) -> decay -> end: keep";
  const std::string endless = "ramp(blocks=1000000000) -> decay -> end: keep";
  const std::string failing = "ramp(blocks=1000000) -> broken -> end: keep";
  const std::vector<float> expected = alone(good);
  ASSERT_EQ(expected.size(), 200u * kFrames);
  Executor executor;
  const int threads = threads_of_this_process();
  std::vector<std::unique_ptr<Session>> sessions;
  for (int n = 0; n < 300; ++n) {
    sessions.push_back(std::make_unique<Session>(plan_of(n % 3 == 0   ? good
                                                         : n % 3 == 1 ? endless
                                                                      : failing),
                                                 executor));
    ASSERT_TRUE(sessions.back()->start());
    if (n % 3 == 1 && n > 30) sessions[static_cast<std::size_t>(n - 30)]->request_stop();
  }
  EXPECT_EQ(threads_of_this_process(), threads) << "sessions have no threads of their own";
  for (std::size_t n = 0; n < sessions.size(); ++n) {
    Session& session = *sessions[n];
    if (n % 3 == 1) session.request_stop();
    ASSERT_TRUE(session.wait(60s)) << n;
    const Status status = session.finish();
    EXPECT_EQ(status.ok(), n % 3 != 2) << n;
    if (n % 3 == 0) {
      EXPECT_EQ(kept(session).samples, expected) << n;
    } else if (n % 3 == 2) {
      EXPECT_THAT(status.error().text(), HasSubstr("no more"));
    }
    sessions[n].reset();
  }
}

TEST(ManySessions, ComeAndGoFromSeveralThreads) {
  const std::string line = "ramp(blocks=50) -> decay -> end: keep";
  const std::vector<float> expected = alone(line);
  Executor executor;
  std::vector<std::jthread> clients;
  for (int t = 0; t < 4; ++t)
    clients.emplace_back([&] {
      for (int n = 0; n < 40; ++n) {
        Session session(plan_of(line), executor);
        ASSERT_TRUE(session.start());
        ASSERT_TRUE(session.wait(60s));
        ASSERT_TRUE(session.finish());
        ASSERT_EQ(kept(session).samples, expected);
      }
    });
}

TEST(Failure, OfANodeLetsTheOtherBranchesDrainAndFinish) {
  Executor executor;
  Session session(plan_of("a: ramp(blocks=1000000) -> broken(at=20) -> dead: keep; a -> end: keep(blocks=true)"),
                  executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(60s));
  const std::uint64_t emitted = session.report().nodes.at("a").blocks;
  const Status status = session.finish();
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().text(), HasSubstr("broken: no more"));
  const Keep& end = kept(session);
  EXPECT_TRUE(end.flushed && end.stopped);
  EXPECT_EQ(end.samples.size(), emitted * kFrames) << "it was given everything";
  EXPECT_TRUE(kept(session, "dead").flushed) << "so was what is behind the broken one, until then";
  EXPECT_EQ(session.report().nodes.at("broken").errors, 1u);
}

TEST(Failure, OfTheSourceFinishesWhatItHasGiven) {
  Executor executor;
  Session session(plan_of("ramp(fails=77) -> decay -> end: keep"), executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(60s));
  EXPECT_FALSE(session.finish());
  EXPECT_EQ(kept(session).samples.size(), 77u * kFrames);
  EXPECT_TRUE(kept(session).flushed);
}

TEST(Limits, OfTheNumberOfSessionsAreKept) {
  Executor executor({.limits = {.sessions = 2}});
  const std::string endless = "ramp(blocks=1000000000) -> end: keep";
  Session one(plan_of(endless), executor), two(plan_of(endless), executor), three(plan_of(endless), executor);
  ASSERT_TRUE(one.start());
  ASSERT_TRUE(two.start());
  EXPECT_EQ(three.start().error().text(), "session: 2 sessions run already, allowed: 2");
  one.request_stop();
  ASSERT_TRUE(one.wait(60s));
  EXPECT_TRUE(one.finish());
  Session four(plan_of(endless), executor);
  EXPECT_TRUE(four.start()) << "a session that has ended makes room";
}

TEST(Limits, OfOneSessionAreKept) {
  Executor few({.limits = {.nodes = 2}});
  Session large(plan_of("ramp -> decay -> end: keep"), few);
  EXPECT_EQ(large.start().error().text(), "session: the graph has 3 nodes, allowed: 2");
  Executor little({.limits = {.pool_bytes = 1024}});
  Session heavy(plan_of("ramp -> decay -> end: keep"), little);
  EXPECT_THAT(heavy.start().error().text(), HasSubstr("session: its blocks would take"));
  Executor enough({.limits = {.pool_bytes = pool_bytes(plan_of("ramp -> decay -> end: keep"))}});
  Session light(plan_of("ramp -> decay -> end: keep"), enough);
  EXPECT_TRUE(light.start());
}

TEST(Denormals, AreZeroOnEveryWorker) {
  if (!DenormalsOff::possible()) GTEST_SKIP() << "this machine has no such mode";
  for (const char* sink : {"keep", "keep(blocks=true)"}) {  // on real-time workers, and on elastic ones
    const std::vector<float> samples =
        alone(fmt::format("ramp(first=1, blocks=10, live=true) -> decay -> end: {}", sink));
    EXPECT_EQ(samples.size(), 10u * kFrames);
    for (const float x : samples) ASSERT_TRUE(x == 0 || std::abs(x) >= std::numeric_limits<float>::min());
  }
}

}  // namespace
}  // namespace sluice
