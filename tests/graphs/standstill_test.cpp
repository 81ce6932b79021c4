// Whatever graph passes its check runs to its end: the proof that it cannot stand still, tried out on random graphs.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "engine/graph/front.h"
#include "engine/run/session.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

constexpr double kRate = 48000;
constexpr std::int64_t kMillisecond = 48;  // frames
constexpr std::int64_t kTotal = 1000 * kMillisecond;

const Format kAudio{.media = "audio", .codec = {}, .rate_hz = kRate, .channels = 1};

// Emits frames in blocks of a given length at most, and counts them.
void emit(OutPort& out, std::int64_t frames) {
  BlockRef block = out.take(static_cast<std::size_t>(frames));
  block->header.position = out.end_position();
  block->header.flags = kIndependent;
  out.emit(std::move(block));
}

class Source final : public Node {
 public:
  Out<float> out{*this, "out", "audio"};
  Param<int> block{*this, "block", {.default_value = 1, .min = 1, .max = 1000, .doc = "ms"}};
  Status configure() override {
    out.set_spec(kAudio, block * kMillisecond);
    return {};
  }
  Pull pull() REALTIME override {
    emit(out, std::min(out.spec().block_frames, kTotal - out.end_position()));
    return out.end_position() == kTotal ? Pull::ended() : Pull::again();
  }
};

// Gives nothing until it has `delay`, and only whole blocks, of its own length or as they come.
class Hold final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Param<int> delay{*this, "delay", {.default_value = 0, .min = 0, .max = 1000, .doc = "ms"}};
  Param<int> block{*this, "block", {.default_value = 0, .min = 0, .max = 1000, .doc = "ms; 0: as they come"}};
  Status configure() override {
    set_delay(static_cast<double>(delay * kMillisecond), kRate);
    out.set_spec(kAudio, block > 0 ? block * kMillisecond : in.spec().block_frames);
    return {};
  }
  void process() REALTIME override {
    while (const BlockRef taken = in.next()) held_ += taken->header.frames;
    while (held_ - delay * kMillisecond >= out.spec().block_frames) give(out.spec().block_frames);
  }
  void flush() REALTIME override {
    while (held_ > 0) give(std::min(held_, out.spec().block_frames));
  }

 private:
  void give(std::int64_t frames) {
    held_ -= frames;
    emit(out, frames);
  }
  std::int64_t held_ = 0;
};

// Takes as much of each input as all have.
class Join final : public Node {
 public:
  Ins<float> in{*this, "in", "audio"};
  Out<float> out{*this, "out", "audio"};
  Status configure() override {
    std::int64_t longest = 0;
    for (const InPort* port : ins()) longest = std::max(longest, port->spec().block_frames);
    out.set_spec(kAudio, longest);
    used_.assign(in.size(), 0);
    return {};
  }
  bool ready() const noexcept override {
    return std::ranges::all_of(ins(), [](const InPort* port) { return port->waiting() > 0; });
  }
  void process() REALTIME override {
    while (ready()) {
      std::int64_t frames = out.spec().block_frames;
      for (std::size_t i = 0; i < in.size(); ++i) frames = std::min(frames, in[i].peek()->header.frames - used_[i]);
      for (std::size_t i = 0; i < in.size(); ++i)
        if ((used_[i] += frames) == in[i].peek()->header.frames) {
          in[i].next();
          used_[i] = 0;
        }
      emit(out, frames);
    }
  }

 private:
  std::vector<std::int64_t> used_;  // frames of each first block
};

class End final : public Node {
 public:
  In<float> in{*this, "in", "audio"};
  Counter frames{*this, "frames", "taken"};
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (const BlockRef block = in.next()) frames.add(static_cast<double>(block->header.frames));
  }
};

const Registry& registry() {
  static const Registry registry = [] {
    Registry r;
    r.add("source", "frames", [] { return std::make_unique<Source>(); });
    r.add("hold", "keeps some back", [] { return std::make_unique<Hold>(); });
    r.add("join", "aligns", [] { return std::make_unique<Join>(); });
    r.add("end", "counts", [] { return std::make_unique<End>(); });
    return r;
  }();
  return registry;
}

// One to three sources, then nodes that each take from one to three of those before; whatever is left ends in a sink.
std::string random_graph(std::minstd_rand& random) {
  const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
  const unsigned sources = 1 + below(3), inner = 3 + below(9);
  std::string nodes = "nodes:\n", links = "links:\n";
  std::vector<bool> used(sources + inner);
  const auto link = [&](unsigned from, const std::string& to) {
    used[from] = true;
    links += fmt::format("  - {{ link: n{} -> {}, cut: {} }}\n", from, to, below(4) == 0);
  };
  for (unsigned n = 0; n < sources; ++n)
    nodes += fmt::format("  n{}: {{ type: source, block: {} }}\n", n, 1 + below(5));
  for (unsigned n = sources; n < sources + inner; ++n) {
    const bool joins = below(2) == 0;
    const unsigned delay = below(3) == 0 ? below(90) : below(4), block = below(4) == 0 ? 1 + below(70) : 0;
    nodes += joins ? fmt::format("  n{}: join\n", n)
                   : fmt::format("  n{}: {{ type: hold, delay: {}, block: {} }}\n", n, delay, block);
    for (unsigned inputs = joins ? 2 + below(2) : 1; inputs > 0; --inputs) link(below(n), fmt::format("n{}", n));
  }
  for (unsigned n = 0; n < used.size(); ++n) {
    if (used[n]) continue;
    nodes += fmt::format("  e{}: end\n", n);
    link(n, fmt::format("e{}", n));
  }
  return nodes + links;
}

TEST(Standstill, NeverComesToAGraphThatPassedItsCheck) {
  Executor executor({.realtime_workers = 1, .elastic_workers = 2, .raise_priority = false});
  std::minstd_rand random(20260);
  int passed = 0, refused = 0;
  for (int n = 0; n < 300; ++n) {
    const std::string text = random_graph(random);
    Parsed parsed = parse_graph_yaml(text, "g.yaml", registry(), {});
    BuiltGraph built = build_graph(std::move(parsed.spec), registry());
    ASSERT_TRUE(parsed.ok() && built.ok()) << text;
    Plan plan = compile(std::move(built));
    if (!plan.ok()) {
      EXPECT_THAT(plan.diagnostics()[0].message, testing::HasSubstr("could stand still"));
      ++refused;
      continue;
    }
    ++passed;
    Session session(std::move(plan), executor);
    ASSERT_TRUE(session.start());
    ASSERT_TRUE(session.wait(60s)) << "it stands still:\n" << text;
    ASSERT_TRUE(session.finish()) << text;
    const RunReport report = session.report();
    for (const auto& [name, node] : report.nodes) {
      if (node.type == "end") {
        EXPECT_EQ(node.counters.at("frames"), static_cast<double>(kTotal)) << name << " of\n" << text;
      }
    }
  }
  EXPECT_GT(passed, 100) << "most graphs are harmless";
  EXPECT_GT(refused, 10) << "some are not";
}

}  // namespace
}  // namespace sluice
