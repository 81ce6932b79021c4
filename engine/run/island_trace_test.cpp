// A traced session: every turn of an island and every call of a node is there, one within the other.
#include <gmock/gmock.h>

#include <map>

#include "engine/graph/front.h"
#include "engine/run/session.h"
#include "engine/run/trace.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::Contains;
using testing::Key;

class Counting final : public Node {
 public:
  Out<float> out{*this, "out", "numbers"};
  Param<int> blocks{*this, "blocks", {.default_value = 100, .min = 1, .max = 10000, .doc = "then it ends"}};
  Status configure() override {
    out.set_spec({.media = "audio", .codec = {}, .rate_hz = 48000, .channels = 1}, 48);
    return {};
  }
  Pull pull() REALTIME override {
    if (n_++ == blocks) return Pull::ended();
    out.emit(out.take());
    return Pull::again();
  }

 private:
  int n_ = 0;
};

class Pass final : public SampleNode {
 public:
  using SampleNode::process;
  void process(std::size_t) REALTIME override {}
};

class End final : public Node {
 public:
  In<float> in{*this, "in", "numbers"};
  Status configure() override { return {}; }
  void process() REALTIME override {
    while (in.next()) {
    }
  }
};

Plan plan_of(const std::string& text) {
  static const Registry registry = [] {
    Registry made;
    made.add("counting", "", [] { return std::make_unique<Counting>(); });
    made.add("pass", "", [] { return std::make_unique<Pass>(); });
    made.add("end", "", [] { return std::make_unique<End>(); });
    return made;
  }();
  Parsed parsed = parse_graph_yaml(text, "test.yaml", registry, {});
  EXPECT_TRUE(parsed.ok());
  BuiltGraph built = build_graph(std::move(parsed.spec), registry);
  EXPECT_TRUE(built.ok());
  return compile(std::move(built));
}

// What is told of a run, by name.
struct Trace {
  std::map<std::string, std::vector<Tracer::Recorded>> by_name;
  std::map<std::string, std::string> category;
};

Trace traced_run(const std::string& text) {
  Tracer tracer;
  Executor executor({.raise_priority = false});
  SessionOptions options;
  options.tracer = &tracer;
  Session session(plan_of(text), executor, options);
  EXPECT_TRUE(session.start().ok());
  EXPECT_TRUE(session.wait(30s));
  EXPECT_TRUE(session.finish().ok());
  EXPECT_EQ(tracer.lost(), 0u);
  std::vector<Tracer::Recorded> all;
  tracer.drain(all);
  const auto names = tracer.names();
  Trace trace;
  for (const Tracer::Recorded& recorded : all) {
    const Tracer::Named& name = names[recorded.event.name];
    trace.by_name[name.text].push_back(recorded);
    trace.category[name.text] = name.category;
  }
  return trace;
}

bool within(const Tracer::Recorded& inner, const Tracer::Recorded& outer) {
  return inner.thread == outer.thread && inner.event.time_ns >= outer.event.time_ns &&
         inner.event.time_ns + inner.event.value <= outer.event.time_ns + outer.event.value;
}

TEST(IslandTrace, EveryCallIsThereWithinATurnOfItsIsland) {
  const Trace trace = traced_run(
      "nodes: { a: { type: counting, blocks: 200 }, b: pass, c: end }\n"
      "links: [ a -> b -> c ]\n");
  const auto& turns = trace.by_name.at("island a");
  for (const char* node : {"a", "b", "c"}) {
    const auto& calls = trace.by_name.at(node);
    EXPECT_EQ(trace.category.at(node), "node");
    EXPECT_GE(calls.size(), 200u) << node;
    for (const Tracer::Recorded& call : calls)
      EXPECT_TRUE(std::ranges::any_of(turns, [&](const auto& turn) { return within(call, turn); })) << node;
  }
}

TEST(IslandTrace, BordersShowWhatWaits) {
  const Trace trace = traced_run(
      "nodes: { a: { type: counting, blocks: 200 }, b: { type: pass, cut: true }, c: end }\n"
      "links: [ a -> b -> c ]\n");
  EXPECT_THAT(trace.by_name, AllOf(Contains(Key("island a")), Contains(Key("island b"))));
  for (const Tracer::Recorded& depth : trace.by_name.at("waiting for b.in")) {
    EXPECT_EQ(depth.event.kind, Tracer::Kind::counter);
    EXPECT_GE(depth.event.value, 0);
  }
}

}  // namespace
}  // namespace sluice
