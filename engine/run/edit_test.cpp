// Changes of a running graph: what stays goes on without a gap, what leaves is finished, what fails changes nothing.
#include "engine/run/edit.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "engine/graph/front.h"
#include "engine/run/session.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::int64_t kFrames = 48;  // 1 ms at 48 kHz

// "numbers": counts, one number a block, with a device's pace or as fast as it is let.
class Numbers final : public Node {
 public:
  Out<float> out{*this, "out", "numbers"};
  Param<double> period{*this, "period", {.unit = "s", .default_value = 0, .min = 0, .max = 1, .doc = "0: no pace"}};
  Param<int> blocks{*this, "blocks", {.default_value = 1'000'000'000, .min = 1, .doc = "how many"}};
  Param<int> first{*this, "first", {.default_value = 0, .doc = "number"}};
  Traits traits() const override {
    return {.realtime = true, .clock = period > 0 ? ClockDomain::device : ClockDomain::none};
  }
  Status configure() override {
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = 48000, .channels = 1}, kFrames);
    return {};
  }
  Pull pull() REALTIME override {
    if (n_ == blocks) return Pull::ended();
    if (n_ == 0) start_ = now();
    const Time due = start_ + n_ * from_seconds(period);
    if (now() < due) return Pull::at(due);
    BlockRef block = out.take();
    block->header.position = n_ * kFrames;
    block->header.capture_time = now();
    block->header.flags = kIndependent;
    block->channel(0)[0] = static_cast<float>(first + n_++);
    out.emit(std::move(block));
    return Pull::again();
  }

 private:
  std::int64_t n_ = 0;
  Time start_{};
};

// "add": the number plus a constant; `live` may be changed while running. Counts what it has seen.
class Plus final : public SampleNode {
 public:
  Param<double> live{*this, "live", {.default_value = 0, .doc = "added", .live = true}};
  Param<double> constant{*this, "constant", {.default_value = 0, .doc = "added"}};
  Param<bool> refuses{*this, "refuses", {.doc = "to be prepared"}};
  Param<bool> blocks{*this, "blocks", {.doc = "may block: runs on the elastic workers"}};
  Param<bool> waits{*this, "waits", {.doc = "to be prepared, until `gate` opens"}};
  Param<std::string> file{*this, "file", {.doc = "that it alone may have"}};
  Param<bool> seat{*this, "seat", {.doc = "takes the one seat, and hands it over"}};
  Counter seen{*this, "seen", "blocks"};
  Traits traits() const override { return {.realtime = !blocks}; }
  std::string exclusive() const override { return seat ? "the seat" : file.value(); }
  bool release() override { return seat && seated.exchange(nullptr) == this; }
  Status regain() override { return take_seat(); }
  Status take_seat() {
    const Plus* nobody = nullptr;
    return !seat || seated.compare_exchange_strong(nobody, this) ? Status() : Error{"seat", "taken"};
  }
  Status prepare() override {
    if (Status status = take_seat(); !status) return status;
    if (waits) {
      waiting = true;
      waiting.notify_all();
      gate.wait(false);
    }
    return refuses ? Status(Error{"port", "in use by another program"}) : Status();
  }
  void stop() override {
    ++stops;
    const Plus* self = this;
    seated.compare_exchange_strong(self, nullptr);
  }
  using SampleNode::process;
  void process(std::size_t) REALTIME override {
    seen.add();
    channel(0)[0] += static_cast<float>(live + constant);
  }
  static inline std::atomic<int> stops{0};
  static inline std::atomic<const Plus*> seated{nullptr};
  static inline std::atomic<bool> waiting{false}, gate{false};
};

// "late": holds the last `held` numbers back until it is flushed.
class Holding final : public Node {
 public:
  In<float> in{*this, "in", "numbers"};
  Out<float> out{*this, "out", "the same, later"};
  Param<int> held{*this, "held", {.default_value = 3, .min = 0, .max = 100, .doc = "blocks"}};
  Status configure() override {
    out.set_spec(in.spec());
    return {};
  }
  void process() REALTIME override {
    while (BlockRef block = in.next()) {
      queue_.push_back(std::move(block));
      if (queue_.size() > static_cast<std::size_t>(held)) emit_first();
    }
  }
  void flush() REALTIME override {
    while (!queue_.empty()) emit_first();
  }

 private:
  void emit_first() {
    out.emit(out.writable(std::move(queue_.front())));
    queue_.pop_front();
  }
  std::deque<BlockRef> queue_;
};

// What a sink has been given, kept beyond the sink's life.
struct Tape {
  std::mutex mutex;
  std::vector<float> numbers;
  int gaps = 0;
  std::atomic<bool> flushed{false}, stopped{false};
  Duration longest{};  // between two blocks
  std::size_t size() {
    const std::lock_guard lock(mutex);
    return numbers.size();
  }
};

std::map<std::string, std::shared_ptr<Tape>>& tapes() {
  static std::map<std::string, std::shared_ptr<Tape>> all;
  return all;
}

std::shared_ptr<Tape> tape(const std::string& name) {
  auto& entry = tapes()[name];
  if (!entry) entry = std::make_shared<Tape>();
  return entry;
}

// "tape": writes to the tape of its name.
class TapeSink final : public Node {
 public:
  In<float> in{*this, "in", "numbers"};
  Param<std::string> name{*this, "name", {.doc = "of the tape", .required = true}};
  Param<bool> blocks{*this, "blocks", {.default_value = true, .doc = "may block"}};
  Traits traits() const override { return {.realtime = !blocks}; }
  Status configure() override { return {}; }
  Status prepare() override {
    tape_ = tape(name);
    return {};
  }
  void process() REALTIME override {
    const std::lock_guard lock(tape_->mutex);
    while (const BlockRef block = in.next()) {
      tape_->gaps += in.gap() && !tape_->numbers.empty() ? 1 : 0;
      tape_->numbers.push_back(block->channel(0)[0]);
      if (last_ != Time{}) tape_->longest = std::max(tape_->longest, now() - last_);
      last_ = now();
    }
  }
  void flush() REALTIME override { tape_->flushed = true; }
  void stop() override {
    if (tape_) tape_->stopped = true;
  }

 private:
  std::shared_ptr<Tape> tape_;
  Time last_{};
};

const Registry& registry() {
  static const Registry registry = [] {
    Registry r;
    r.add("numbers", "source", [] { return std::make_unique<Numbers>(); });
    r.add("plus", "adds", [] { return std::make_unique<Plus>(); });
    r.add("late", "holds back", [] { return std::make_unique<Holding>(); });
    r.add("tape", "sink", [] { return std::make_unique<TapeSink>(); });
    return r;
  }();
  return registry;
}

Plan plan_of(const std::string& line) {
  Parsed parsed = parse_graph_line(line, registry(), {});
  BuiltGraph built = build_graph(std::move(parsed.spec), registry());
  EXPECT_TRUE(parsed.ok() && built.ok()) << line;
  for (const Diagnostic& d : built.diagnostics) ADD_FAILURE() << to_string(d);
  return compile(std::move(built));
}

// A session, and the graphs that it is given one after the other.
class Edit : public testing::Test {
 protected:
  ~Edit() override { tapes().clear(); }

  void start(const std::string& line) {
    session_ = std::make_unique<Session>(plan_of(line), executor_);
    ASSERT_TRUE(session_->start());
  }
  EditReport apply(const std::string& line) {
    Result<EditReport> report = session_->apply(plan_of(line));
    EXPECT_TRUE(report) << line << "\n" << (report ? "" : report.error().text());
    return report.value_or(EditReport{});
  }
  std::string refusal(const std::string& line) {
    const Result<EditReport> report = session_->apply(plan_of(line));
    return report ? "" : report.error().text();
  }
  void stop() {
    session_->request_stop();
    ASSERT_TRUE(session_->wait(30s));
    const Status status = session_->finish();
    EXPECT_TRUE(status) << status.error().text();
  }
  // Until `name` has been given `more` numbers than now.
  static void wait_for(const std::string& name, std::size_t more = 5) {
    const auto t = tape(name);
    for (const std::size_t goal = t->size() + more; t->size() < goal;) std::this_thread::yield();
  }
  // The numbers are first, first + 1, ... without a gap.
  static void expect_counting(const std::string& name, float first = 0) {
    const auto t = tape(name);
    EXPECT_EQ(t->gaps, 0) << name;
    for (std::size_t n = 0; n < t->numbers.size(); ++n)
      ASSERT_EQ(t->numbers[n], first + static_cast<float>(n)) << name << " at " << n;
  }

  Executor executor_;
  std::unique_ptr<Session> session_;
};

const std::string kA = "a: numbers(period=1 ms) -> x: plus -> one: tape(name=one); ";

TEST_F(Edit, WithTheSameGraphKeepsEverything) {
  start(kA);
  wait_for("one");
  const EditReport report = apply(kA);
  EXPECT_EQ(report.kept.size(), 3u);
  EXPECT_TRUE(report.replaced.empty() && report.added.empty() && report.removed.empty() && report.changed.empty());
  stop();
  expect_counting("one");
}

TEST_F(Edit, AddsABranchAndTheOtherMissesNothing) {
  start(kA);
  wait_for("one");
  const EditReport report = apply(kA + "x -> y: plus(constant=1000) -> two: tape(name=two)");
  EXPECT_THAT(report.added, UnorderedElementsAre("y", "two"));
  wait_for("two");
  stop();
  expect_counting("one");
  const auto two = tape("two");
  expect_counting("two", two->numbers.front());
  EXPECT_GE(two->numbers.front(), 1000.0f);
  EXPECT_TRUE(two->flushed);
  EXPECT_EQ(two->numbers.back() - 1000, tape("one")->numbers.back());
}

TEST_F(Edit, RemovesABranchOnceItHasDrainedAndIsFlushed) {
  start(kA + "x -> y: late(held=4) -> two: tape(name=two)");
  wait_for("two");
  const EditReport report = apply(kA);
  EXPECT_THAT(report.removed, UnorderedElementsAre("y", "two"));
  EXPECT_THAT(report.unclean, IsEmpty());
  const auto two = tape("two");
  EXPECT_TRUE(two->flushed && two->stopped) << "when apply() returns";
  const std::size_t given = two->size();
  wait_for("one");
  EXPECT_EQ(two->size(), given);
  stop();
  expect_counting("one");
  expect_counting("two");
}

TEST_F(Edit, ReplacesANodeInTheMiddleOfAStreamWithoutLosingABlock) {
  start(kA);
  wait_for("one");
  const int stops = Plus::stops;
  const EditReport report = apply("a: numbers(period=1 ms) -> x: plus(constant=0.5) -> one: tape(name=one)");
  EXPECT_THAT(report.replaced, ElementsAre("x"));
  EXPECT_THAT(report.kept, ElementsAre("a", "one"));
  EXPECT_EQ(Plus::stops, stops + 1);
  wait_for("one");
  stop();
  const auto one = tape("one");
  EXPECT_EQ(one->gaps, 0);
  EXPECT_EQ(one->numbers.back(), std::floor(one->numbers.back()) + 0.5f);
  for (std::size_t n = 0; n < one->numbers.size(); ++n) ASSERT_EQ(std::floor(one->numbers[n]), static_cast<float>(n));
}

TEST_F(Edit, WhatAReplacedNodeHeldBackIsFlushedBeforeTheSwap) {
  start("a: numbers(period=1 ms) -> x: late(held=4) -> one: tape(name=one)");
  wait_for("one");
  apply("a: numbers(period=1 ms) -> x: late(held=0) -> one: tape(name=one)");
  wait_for("one");
  stop();
  expect_counting("one");
}

TEST_F(Edit, PutsANodeIntoAStreamAndTakesItOut) {
  start("a: numbers(period=1 ms) -> one: tape(name=one)");
  for (int n = 0; n < 5; ++n) {
    wait_for("one");
    EXPECT_THAT(apply("a: numbers(period=1 ms) -> x: plus -> one: tape(name=one)").added, ElementsAre("x"));
    wait_for("one");
    EXPECT_THAT(apply("a: numbers(period=1 ms) -> one: tape(name=one)").removed, ElementsAre("x"));
  }
  stop();
  const auto one = tape("one");
  for (std::size_t n = 0; n < one->numbers.size(); ++n) ASSERT_EQ(one->numbers[n], static_cast<float>(n));
}

TEST_F(Edit, MovesANodeToOtherWorkersAndBack) {
  const std::string fused = "a: numbers(period=1 ms) -> x: plus -> y: plus -> one: tape(name=one)";
  const std::string cut =
      "a: numbers(period=1 ms) -> x: plus -> z: plus(blocks=true) -> y: plus -> one: tape(name=one)";
  start(fused);
  for (int n = 0; n < 5; ++n) {
    wait_for("one");
    apply(cut);
    wait_for("one");
    apply(fused);
  }
  stop();
  const auto one = tape("one");
  for (std::size_t n = 0; n < one->numbers.size(); ++n) ASSERT_EQ(one->numbers[n], static_cast<float>(n));
}

TEST_F(Edit, ChangesALiveParameterWithoutTouchingTheNode) {
  start(kA);
  wait_for("one");
  const EditReport report = apply("a: numbers(period=1 ms) -> x: plus(live=0.25) -> one: tape(name=one)");
  EXPECT_THAT(report.changed, ElementsAre("x.live: 0 -> 0.25"));
  EXPECT_EQ(report.kept.size(), 3u);
  wait_for("one");
  EXPECT_GT(session_->report().nodes.at("x").counters.at("seen"), 5);
  stop();
  const float last = tape("one")->numbers.back();
  EXPECT_EQ(last - std::floor(last), 0.25f);
}

TEST_F(Edit, ThatCannotBePreparedChangesNothing) {
  start(kA);
  wait_for("one");
  const int stops = Plus::stops;
  EXPECT_EQ(
      refusal(
          "a: numbers(period=1 ms) -> x: plus(refuses=true, live=9) -> one: tape(name=one); x -> two: tape(name=two)"),
      "x: port: in use by another program");
  EXPECT_EQ(Plus::stops, stops + 1) << "what was prepared for it is stopped";
  wait_for("one");
  EXPECT_EQ(session_->report().nodes.size(), 3u);
  stop();
  expect_counting("one");
  EXPECT_EQ(tape("two")->size(), 0u);
}

TEST_F(Edit, ThatNeedsWhatARunningNodeAloneMayHaveIsRefused) {
  start("a: numbers(period=1 ms) -> x: plus(file=out.wav) -> one: tape(name=one)");
  wait_for("one");
  EXPECT_THAT(refusal("a: numbers(period=1 ms) -> x: plus(file=out.wav, constant=1) -> one: tape(name=one)"),
              HasSubstr("x: needs out.wav, which the running 'x' has"));
  apply("a: numbers(period=1 ms) -> x: plus(file=other.wav) -> one: tape(name=one)");
  apply("a: numbers(period=1 ms) -> x: plus(file=out.wav) -> one: tape(name=one)");
  stop();
  expect_counting("one");
}

// A branch whose node holds the seat, beside another one that no edit may touch.
const std::string kOther = "b: numbers(period=1 ms) -> p: plus -> three: tape(name=three); ";
const std::string kSeat = kOther + "a: numbers(period=1 ms) -> x: plus(seat=true";

TEST_F(Edit, HandsWhatANodeAloneMayHaveToTheOneThatTakesItsPlace) {
  start(kSeat + ") -> one: tape(name=one)");
  wait_for("one");
  const Plus* first = Plus::seated;
  EXPECT_THAT(apply(kSeat + ", constant=0.5) -> one: tape(name=one)").replaced, ElementsAre("x"));
  EXPECT_TRUE(Plus::seated && Plus::seated != first);
  wait_for("one");
  wait_for("three");
  stop();
  EXPECT_FALSE(Plus::seated);
  const auto one = tape("one");
  EXPECT_EQ(one->gaps, 0);
  for (std::size_t n = 0; n < one->numbers.size(); ++n) ASSERT_EQ(std::floor(one->numbers[n]), static_cast<float>(n));
  EXPECT_EQ(one->numbers.back(), std::floor(one->numbers.back()) + 0.5f);
  expect_counting("three");
}

TEST_F(Edit, ThatFailsGivesTheOldNodeBackWhatItHadHandedOver) {
  start(kSeat + ") -> one: tape(name=one)");
  wait_for("one");
  const Plus* first = Plus::seated;
  EXPECT_EQ(refusal(kSeat + ", refuses=true) -> one: tape(name=one)"), "x: port: in use by another program");
  EXPECT_EQ(Plus::seated, first);
  // A node that comes before x: x is prepared and has the seat by then.
  EXPECT_EQ(refusal(kOther + "a: numbers(period=1 ms) -> w: plus(refuses=true) -> x: plus(seat=true, constant=1) -> "
                             "one: tape(name=one)"),
            "w: port: in use by another program");
  EXPECT_EQ(Plus::seated, first);
  wait_for("one");
  wait_for("three");
  apply(kSeat + ", constant=0) -> one: tape(name=one); x -> two: tape(name=two)");
  stop();
  expect_counting("one");
  expect_counting("three");
}

TEST_F(Edit, SaysSoWhenTheOldNodeCannotTakeItBack) {
  Plus::waiting = Plus::gate = false;
  start(kSeat + ") -> one: tape(name=one)");
  wait_for("one");
  const Plus stranger;
  std::string said;
  std::thread edit([&] { said = refusal(kSeat + ", waits=true, refuses=true) -> one: tape(name=one)"); });
  Plus::waiting.wait(false);
  Plus::seated = &stranger;
  Plus::gate = true;
  Plus::gate.notify_all();
  edit.join();
  EXPECT_THAT(said,
              HasSubstr("in use by another program; and the running 'x' could not take back the seat: seat: taken"));
  wait_for("one");
  stop();
  expect_counting("one");
  Plus::seated = nullptr;
}

TEST_F(Edit, HoldsUpNoLiveParameterWhileItIsPrepared) {
  Plus::waiting = Plus::gate = false;
  start(kA);
  wait_for("one");
  std::thread edit([&] { apply(kA + "x -> y: plus(waits=true) -> two: tape(name=two)"); });
  Plus::waiting.wait(false);
  EXPECT_TRUE(session_->set_param("x", "live", "0.5"));
  Plus::gate = true;
  Plus::gate.notify_all();
  edit.join();
  wait_for("one");
  stop();
  EXPECT_EQ(tape("one")->numbers.back() - std::floor(tape("one")->numbers.back()), 0.5f);
}

// The branch that changes: what comes while its island stands still is late by that, which is less than a block takes
// to come. Of many edits, since a busy machine may keep the editing thread itself waiting.
TEST_F(Edit, AddsLessThanOneBlockOfLatencyWhereItTakesPlace) {
  constexpr Duration kBlock = 20ms;
  const std::string source = "a: numbers(period=20 ms) -> ";
  start(source + "x: plus -> one: tape(name=one)");
  std::vector<Duration> held;
  for (int n = 1; n <= 11; ++n) {
    wait_for("one", 1);
    held.push_back(apply(source + fmt::format("x: plus(constant={}) -> one: tape(name=one)", n)).held);
  }
  stop();
  EXPECT_EQ(tape("one")->gaps, 0);
  std::ranges::sort(held);
  EXPECT_GT(held.front(), Duration{});
  EXPECT_LE(held[held.size() / 2], kBlock);
}

TEST_F(Edit, OfTheSourceEndsTheOldOneAndTheStreamGoesOn) {
  start(kA);
  wait_for("one");
  const EditReport report = apply("a: numbers(period=1 ms, first=1000000) -> x: plus -> one: tape(name=one)");
  EXPECT_THAT(report.replaced, ElementsAre("a"));
  wait_for("one");
  stop();
  const auto one = tape("one");
  EXPECT_EQ(one->gaps, 0);
  const auto second = std::ranges::find(one->numbers, 1000000.0f);
  ASSERT_NE(second, one->numbers.end());
  EXPECT_EQ(*(second - 1), static_cast<float>(second - one->numbers.begin() - 1));
}

TEST_F(Edit, BehindASourceThatHasEndedIsToldSoAtOnce) {
  const std::string ended = "a: numbers(period=1 ms, blocks=3) -> x: plus -> one: tape(name=one); ";
  const std::string other = "b: numbers(period=1 ms) -> three: tape(name=three); ";
  start(ended + other);
  while (!tape("one")->flushed) std::this_thread::yield();
  apply(ended + other + "x -> two: tape(name=two)");
  while (!tape("two")->flushed) std::this_thread::yield();
  EXPECT_EQ(tape("two")->size(), 0u);
  wait_for("three");
  stop();
  expect_counting("three");
}

TEST_F(Edit, IsRefusedOnceTheGraphHasEnded) {
  start("a: numbers(blocks=3) -> one: tape(name=one)");
  ASSERT_TRUE(session_->wait(30s));
  EXPECT_EQ(refusal("a: numbers(blocks=3) -> x: plus -> one: tape(name=one)"), "apply: the graph does not run");
  EXPECT_TRUE(session_->finish());
}

TEST_F(Edit, ThatLeavesNothingBehindEndsTheSession) {
  const std::string ended = "a: numbers(period=1 ms, blocks=3) -> one: tape(name=one)";
  start(ended + "; b: numbers(period=1 ms) -> two: tape(name=two)");
  while (!tape("one")->flushed) std::this_thread::yield();
  apply(ended);
  EXPECT_TRUE(session_->wait(30s)) << "all that is left has ended already";
  EXPECT_TRUE(session_->finish());
  EXPECT_TRUE(tape("two")->flushed);
}

TEST_F(Edit, OfAGraphThatFollowsNoClock) {
  start("a: numbers -> x: plus -> one: tape(name=one)");
  for (int n = 0; n < 10; ++n) {
    wait_for("one", 100);
    apply(fmt::format("a: numbers -> x: plus(constant={}) -> one: tape(name=one)", n % 2 ? 0 : 0.5));
  }
  stop();
  const auto one = tape("one");
  EXPECT_EQ(one->gaps, 0);
  for (std::size_t n = 0; n < std::min<std::size_t>(one->numbers.size(), 1 << 22); ++n)
    ASSERT_EQ(std::floor(one->numbers[n]), static_cast<float>(n));
}

// The other branch, under load, through a hundred edits of all kinds.
TEST_F(Edit, AHundredTimesUnderLoadAndTheOtherBranchMissesNothing) {
  const std::string other = "b: numbers(period=1 ms) -> p: plus -> q: plus -> three: tape(name=three); ";
  const std::vector<std::string> graphs = {
      other + kA,
      other + kA + "x -> y: plus -> two: tape(name=two)",
      other +
          "a: numbers(period=1 ms) -> x: plus(constant=7) -> one: tape(name=one); x -> y: plus -> two: tape(name=two)",
      other + "a: numbers(period=1 ms) -> x: plus(live=3, constant=7) -> one: tape(name=one)",
      other +
          "a: numbers(period=1 ms) -> x: late -> z: plus(blocks=true) -> one: tape(name=one); z -> y: plus -> two: "
          "tape(name=two)",
      other + "p -> y: plus(blocks=true) -> two: tape(name=two); a: numbers(period=1 ms) -> one: tape(name=one)",
      other,
  };
  const std::string failing = other + "a: numbers(period=1 ms) -> x: plus(refuses=true) -> one: tape(name=one)";
  std::atomic<bool> done{false};
  std::vector<std::jthread> load;
  for (unsigned n = 0; n < std::thread::hardware_concurrency(); ++n)
    load.emplace_back([&] {
      for (volatile std::uint64_t spins = 0; !done;) spins = spins + 1;
    });
  start(graphs[0]);
  for (std::size_t n = 0; n < 100; ++n) {
    wait_for("three", 1);
    if (n % 10 == 9) {
      EXPECT_THAT(refusal(failing), HasSubstr("in use"));
    } else {
      const EditReport report = apply(graphs[(n * 5 + n / 7) % graphs.size()]);
      EXPECT_THAT(report.unclean, IsEmpty());
    }
  }
  wait_for("three");
  done = true;
  stop();
  expect_counting("three");
  EXPECT_EQ(session_->report().nodes.at("b").blocks, tape("three")->numbers.size());
}

}  // namespace
}  // namespace sluice
