// Recorder, Recording and replay: what the sources emitted comes again, whatever happened to it behind them.
#include "engine/run/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "engine/run/recorder.h"
#include "engine/run/session.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr Time kStart{Duration(50'000'000'000)};
constexpr int kBlocks = 40;

// What sinks saw, and when.
struct Seen {
  BlockHeader header;
  bool gap = false;
  Time at{};
  std::string payload;
  bool operator==(const Seen& other) const {
    return header.capture_time == other.header.capture_time && header.position == other.header.position &&
           header.frames == other.header.frames && header.flags == other.header.flags && gap == other.gap &&
           at == other.at && payload == other.payload;
  }
};
std::vector<Seen> g_seen;
std::atomic<bool> g_sink_may_go{true};  // else it waits for its source to end
std::atomic<bool> g_source_is_done{false};

// A block every second by the engine's clock, or all at once; the seventh after a gap; each of another length.
class Device final : public Node {
 public:
  Out<float> out{*this, "out", "audio"};
  Out<Packet<"words">> side{*this, "side", "a packet with every third block", {.optional = true}};
  Param<bool> hurried{*this, "hurried", {.doc = "does not wait for its seconds"}};

  Traits traits() const override { return {.realtime = true, .clock = ClockDomain::wall}; }
  Status configure() override {
    out.set_spec({.media = "audio", .codec = "", .rate_hz = 100, .channels = 2}, 100);
    side.set_spec({.media = "packet", .codec = "words", .rate_hz = 0, .channels = 0}, 0, 64);
    return {};
  }
  Status prepare() override {
    next_ = host().now();
    return {};
  }
  Pull pull() REALTIME override {
    if (count_ == kBlocks) {
      g_source_is_done = true;
      g_source_is_done.notify_all();
      return Pull::ended();
    }
    if (!hurried && host().now() < next_) return Pull::at(next_);
    emit_audio(host().now());
    if (count_ % 3 == 0) emit_packet();
    ++count_;
    next_ += 1s;
    return Pull::again();
  }

 private:
  void emit_audio(Time now) noexcept {
    BlockRef block = out.take(static_cast<std::size_t>(60 + count_));
    block->header.capture_time = now - 250ms;
    block->header.position = position_;
    block->header.flags = kIndependent | (count_ == 7 ? kDiscontinuity : 0u);
    for (std::size_t c = 0; c < 2; ++c)
      for (float& x : block->channel(c)) x = static_cast<float>(position_ * 2 + static_cast<std::int64_t>(c)) * 0.01f;
    position_ += block->header.frames;
    out.emit(std::move(block));
  }
  void emit_packet() noexcept {
    const std::string_view words = "three words only";
    BlockRef packet = side.take();
    packet->resize(words.size());
    std::ranges::copy(std::as_bytes(std::span(words)), packet->bytes().begin());
    side.emit(std::move(packet));
  }
  int count_ = 0;
  std::int64_t position_ = 0;
  Time next_{};
};

// One block that no ring of a recorder holds, and a small one.
class Oversized final : public Node {
 public:
  Out<float> out{*this, "out", "audio"};
  Traits traits() const override { return {.realtime = true, .clock = ClockDomain::wall}; }
  Status configure() override {
    out.set_spec({.media = "audio", .codec = "", .rate_hz = 1000, .channels = 1}, kLarge);
    return {};
  }
  Pull pull() REALTIME override {
    if (count_ == 2) return Pull::ended();
    BlockRef block = out.take(count_++ == 0 ? static_cast<std::size_t>(kLarge) : 1);
    block->header.flags = kIndependent;
    out.emit(std::move(block));
    return Pull::again();
  }

 private:
  static constexpr std::int64_t kLarge = 1 << 21;
  int count_ = 0;
};

class Collect final : public Node {
 public:
  In<Anything> in{*this, "in", "anything"};
  Traits traits() const override { return {.realtime = false}; }
  Status configure() override { return {}; }
  void process() REALTIME override {
    if (!g_sink_may_go) g_source_is_done.wait(false);
    while (const BlockRef block = in.next()) {
      std::string payload(block->text());
      if (in.format().media == "audio")
        for (std::size_t c = 0; c < block->channels(); ++c)
          for (const float x : block->channel(c)) payload += std::to_string(x) + " ";
      g_seen.push_back({block->header, in.gap(), host().now(), payload});
    }
  }
};

Registry test_registry() {
  Registry registry;
  registry.add("device", "source", [] { return std::make_unique<Device>(); });
  registry.add("oversized", "source", [] { return std::make_unique<Oversized>(); });
  registry.add("collect", "sink", [] { return std::make_unique<Collect>(); });
  return registry;
}

class ReplayTest : public testing::Test {
 protected:
  void SetUp() override {
    g_seen.clear();
    g_sink_may_go = true;
    g_source_is_done = false;
  }
  void TearDown() override { std::filesystem::remove(path_); }

  static void run(Plan plan, Executor& executor, VirtualClock* clock) {
    Session session(std::move(plan), executor, {.run_for = {}, .drain_timeout = 1000h});
    const Status started = session.start();
    ASSERT_TRUE(started) << started.error().text();
    if (clock) clock->release();
    while (!session.wait(10s)) {
    }
    const Status finished = session.finish();
    ASSERT_TRUE(finished) << finished.error().text();
  }

  // Runs `line`, in virtual time unless `live`, and records it. Returns what the sinks saw.
  std::vector<Seen> record(const std::string& line, bool live = false, std::optional<Overload> policy = {}) {
    Parsed parsed = parse_graph_line(line, registry_, {});
    parsed.spec.on_overrun = policy;
    if (policy) parsed.spec.budget = 1h;
    Plan plan = compile(build_graph(std::move(parsed.spec), registry_));
    EXPECT_TRUE(plan.ok()) << (plan.ok() ? "" : to_string(plan.diagnostics()[0]));
    VirtualClock clock(kStart);
    Executor executor({.raise_priority = false, .lock_memory = false, .virtual_clock = live ? nullptr : &clock});
    auto recorder = Recorder::create(path_, plan, executor.clock());
    EXPECT_TRUE(recorder);
    for (const std::string& what : changes_) (*recorder)->note_change(what);
    run(std::move(plan), executor, live ? nullptr : &clock);
    EXPECT_TRUE((*recorder)->finish());
    totals_ = (*recorder)->totals();
    return std::exchange(g_seen, {});
  }

  std::shared_ptr<const Recording> opened() {
    auto recording = Recording::open(path_);
    EXPECT_TRUE(recording) << (recording ? "" : recording.error().text());
    return recording ? *recording : nullptr;
  }

  std::vector<Seen> replay(const FrontOptions& options = {}) {
    const auto recording = opened();
    Replay replay = load_replay(recording, registry_, options);
    EXPECT_TRUE(replay.plan.ok()) << (replay.plan.ok() ? "" : to_string(replay.plan.diagnostics()[0]));
    left_out_ = replay.left_out;
    VirtualClock clock(recording->start());
    Executor executor({.virtual_clock = &clock});
    run(std::move(replay.plan), executor, &clock);
    return std::exchange(g_seen, {});
  }

  std::string refusal() {
    const auto recording = Recording::open(path_);
    return recording ? "" : recording.error().text();
  }

  const std::string path_ = std::filesystem::temp_directory_path() / ("replay_" + std::to_string(::getpid()));
  const Registry registry_ = test_registry();
  std::vector<std::string> changes_;  // noted while it is recorded
  Recorder::Totals totals_;
  std::vector<std::string> left_out_;
};

TEST_F(ReplayTest, BringsEveryBlockAgainAtItsTimeWithItsHeaderAndItsGaps) {
  const std::vector<Seen> recorded = record("s: device -> e: collect");
  ASSERT_THAT(recorded, SizeIs(kBlocks));
  EXPECT_EQ(totals_.blocks, static_cast<std::uint64_t>(kBlocks + kBlocks / 3 + 1)) << "the side output too";
  EXPECT_EQ(opened()->damage(), "");
  const std::vector<Seen> replayed = replay();
  EXPECT_TRUE(replayed == recorded);
  EXPECT_TRUE(replayed[7].gap);
  EXPECT_EQ(replayed[7].at - replayed[0].at, 7s) << "virtual seconds";
  EXPECT_TRUE(replay() == recorded) << "and once more";
}

TEST_F(ReplayTest, BringsPacketsAndSeveralOutputsOfOneNode) {
  const std::vector<Seen> recorded = record("s: device -> e: collect; s.side -> f: collect");
  ASSERT_THAT(recorded, SizeIs(kBlocks + kBlocks / 3 + 1));
  EXPECT_EQ(std::ranges::count(recorded, "three words only", &Seen::payload), kBlocks / 3 + 1);
  EXPECT_TRUE(replay() == recorded);
}

TEST_F(ReplayTest, ShedsNothingOfWhatTheLiveRunHadToShed) {
  g_sink_may_go = false;
  const std::vector<Seen> survived = record("s: device(hurried=true) -> e: collect", true, Overload::shed);
  EXPECT_LT(survived.size(), static_cast<std::size_t>(kBlocks)) << "the sink slept, and its border is short";
  g_sink_may_go = true;
  const std::vector<Seen> first = replay(), second = replay();
  EXPECT_THAT(first, SizeIs(kBlocks));
  EXPECT_TRUE(first == second);
}

TEST_F(ReplayTest, TakesReplacementsAndAdditions) {
  record("s: device -> e: collect");
  EXPECT_THAT(
      replay(
          {.vars = {}, .replacements = {}, .additions = {"s -> again: collect"}, .graph_path = {}, .environment = {}}),
      SizeIs(2 * kBlocks));
  EXPECT_THAT(
      replay({.vars = {}, .replacements = {{"s", "device"}}, .additions = {}, .graph_path = {}, .environment = {}}),
      SizeIs(kBlocks));
}

TEST_F(ReplayTest, FlagsAndCountsWhatTheRecorderLost) {
  record("s: oversized -> e: collect", true);
  EXPECT_EQ(totals_.lost, 1u);
  EXPECT_EQ(opened()->lost(), 1u);
  const std::vector<Seen> replayed = replay();
  ASSERT_THAT(replayed, SizeIs(1));
  EXPECT_TRUE(replayed[0].gap);
}

TEST_F(ReplayTest, TellsOfChangesOfTheRecordedGraph) {
  const std::vector<Seen> recorded = record("s: device -> e: collect");
  EXPECT_TRUE(check_unchanged(*opened()));
  changes_ = {"amp.gain = -6 dB", std::string(100'000, 'x'), "added: y"};
  EXPECT_TRUE(record("s: device -> e: collect") == recorded);
  EXPECT_EQ(opened()->damage(), "");
  ASSERT_THAT(opened()->changes(), SizeIs(3));
  EXPECT_EQ(opened()->changes().front().after, 0s);
  const Status unchanged = check_unchanged(*opened());
  ASSERT_FALSE(unchanged);
  EXPECT_THAT(unchanged.error().message, HasSubstr("0.000 s after the start (amp.gain = -6 dB; and 2 changes more)"));
  EXPECT_TRUE(replay() == recorded);
}

TEST_F(ReplayTest, PlaysACutOffFileUpToTheCut) {
  const std::vector<Seen> recorded = record("s: device -> e: collect");
  const auto whole = std::filesystem::file_size(path_);
  std::filesystem::resize_file(path_, whole - 10);
  EXPECT_THAT(opened()->damage(), HasSubstr("cut off"));
  EXPECT_TRUE(replay() == recorded) << "only the last chunk is gone";
  std::filesystem::resize_file(path_, whole / 2);
  EXPECT_THAT(opened()->damage(), HasSubstr("cut off at byte"));
  const std::vector<Seen> half = replay();
  EXPECT_LT(half.size(), recorded.size());
  EXPECT_TRUE(std::equal(half.begin(), half.end(), recorded.begin()));
}

TEST_F(ReplayTest, SeesEveryFlippedByte) {
  record("s: device -> e: collect");
  const auto size = static_cast<std::int64_t>(std::filesystem::file_size(path_));
  for (std::int64_t at = 0; at < size; at += 97) {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(at);
    const char was = static_cast<char>(file.get());
    file.seekp(at).put(static_cast<char>(was ^ 0x10)).flush();
    const auto recording = Recording::open(path_);
    EXPECT_TRUE(!recording || !(*recording)->damage().empty()) << "byte " << at;
    file.seekp(at).put(was);
  }
  EXPECT_EQ(opened()->damage(), "");
}

TEST_F(ReplayTest, RefusesWhatIsNoRecordingAndSaysSo) {
  EXPECT_THAT(refusal(), HasSubstr("No such file"));
  std::ofstream(path_) << "graph: no\nnodes: {}\n";
  EXPECT_THAT(refusal(), HasSubstr("is not a recording"));
  std::ofstream(path_, std::ios::binary) << "SLUICREC\x02" << std::string(3, '\0');
  EXPECT_THAT(refusal(), HasSubstr("version 2, and this sluice reads version 1"));
  std::ofstream(path_, std::ios::binary) << "SLUICREC\x01" << std::string(3, '\0') << "and then nothing of use";
  EXPECT_THAT(refusal(), HasSubstr("damaged before its first block"));
}

TEST_F(ReplayTest, SaysThatAFileCannotBeMade) {
  Plan plan = compile(build_graph(parse_graph_line("device -> collect", registry_, {}).spec, registry_));
  const MonotonicClock clock;
  const auto recorder = Recorder::create("/nowhere/x.sluicerec", plan, clock);
  ASSERT_FALSE(recorder);
  EXPECT_THAT(recorder.error().text(), HasSubstr("/nowhere/x.sluicerec"));
}

}  // namespace
}  // namespace sluice
