// A language model at work in a graph: its tokens are on their way as soon as they are made, and the audio beside it
// does not wait. A small model with random weights thinks as hard as any. What a quiet machine gives: tools/bench llm.
#ifdef SLUICE_LLAMA
#include <unistd.h>

#include <cstring>
#include <filesystem>

#include "nodes/llm/tiny_gguf.h"
#include "tests/realtime/nodes_for_tests.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;

// "questions": `blocks` prompts, one as soon as there is room for it.
class Questions final : public Node {
 public:
  Out<Text<>> out{*this, "out", "prompts"};
  Param<int> blocks{*this, "blocks", {.default_value = 1, .min = 1, .max = 1'000'000, .doc = "how many"}};
  Traits traits() const override { return {.realtime = false}; }
  Status configure() override {
    out.set_spec({.media = "text", .codec = "prompt", .rate_hz = 0, .channels = 0}, 0, 256);
    return {};
  }
  Pull pull() REALTIME override {
    if (n_++ == blocks) return Pull::ended();
    constexpr std::string_view kPrompt = "Once upon a time there was a sluice";
    BlockRef block = out.take();
    block->resize(kPrompt.size());
    std::memcpy(block->bytes().data(), kPrompt.data(), kPrompt.size());
    block->header.flags = kIndependent;
    out.emit(std::move(block));
    return Pull::again();
  }

 private:
  int n_ = 0;
};

class LanguageModel : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    model = std::filesystem::temp_directory_path() / ("sluice-realtime-" + std::to_string(::getpid()) + ".gguf");
    llm::TinyGguf::write(SLUICE_MODELS_FOLDER "/llama-vocab.gguf", model, "");
  }
  static void TearDownTestSuite() { std::filesystem::remove(model); }

  static Plan plan(const std::string& yaml) {
    static const Registry registry = [] {
      Registry r = realtime_registry();
      r.add("questions", "source", [] { return std::make_unique<Questions>(); });
      for (const char* type : {"llm.llama", "discard"}) r.add(type, "", [=] { return Registry::global().make(type); });
      return r;
    }();
    Parsed parsed = parse_graph_yaml(yaml, "g.yaml", registry, {});
    BuiltGraph built = build_graph(std::move(parsed.spec), registry);
    EXPECT_TRUE(parsed.ok() && built.ok()) << yaml;
    return compile(std::move(built));
  }

  // A model that answers `answers` prompts of `tokens` tokens each.
  static std::string asked(int answers, int tokens) {
    return "ask: { type: questions, blocks: " + std::to_string(answers) + " }, llm: { type: llm.llama, model: \"" +
           model + "\", raw: true, context: 1024, max_tokens: " + std::to_string(tokens) + " }";
  }

  static inline std::string model;
};

// The bar is 2 ms on a machine that does nothing else; here others want the cores, so the middle is looked at.
TEST_F(LanguageModel, TokensReachTheSinkAsSoonAsTheyAreMade) {
  Executor executor;
  Session session(plan("nodes: { " + asked(40, 8) + ", sink: discard }\nlinks: [ ask -> llm -> sink ]\n"), executor);
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(60s));
  const RunReport report = session.report();
  EXPECT_TRUE(session.finish());
  EXPECT_EQ(report.nodes.at("llm").counters.at("answers"), 40);
  EXPECT_GT(report.nodes.at("llm").counters.at("first_piece_s"), 0);
  EXPECT_LE(report.sinks.at("sink").p50, 20ms) << "counted from the sampling of each token";
  EXPECT_LE(report.nodes.at("llm").counters.at("handover_s"), 5.0);
}

TEST_F(LanguageModel, AtWorkDoesNotMoveTheAudioPathPastItsBound) {
  const std::string audio =
      "latency: { budget: 10 ms, on_overrun: shed }\n"
      "nodes: { mic: { type: paced, blocks: 1000 }, a: { type: work, cost: 100 us }, sink: watch, " +
      asked(100'000, 500) + ", end: discard }\nlinks: [ mic -> a -> sink, ask -> llm -> end ]\n";
  Executor executor;
  if (!executor.realtime_pool().realtime()) GTEST_SKIP() << "SKIPPED: real-time priority is not granted here";
  Session session(plan(audio), executor, {.run_for = 2500ms});
  for (const PathLatency& path : session.plan().paths)
    if (path.sink == "sink") {
      EXPECT_LE(path.total(), 10ms) << "as it is stated";
    }
  ASSERT_TRUE(session.start());
  ASSERT_TRUE(session.wait(60s));
  const RunReport report = session.report();
  EXPECT_TRUE(session.finish()) << "an answer under way does not hold up the end";
  const SinkReport& sink = report.sinks.at("sink");
  EXPECT_LE(sink.p99, 10ms);
  EXPECT_LE(sink.shed + sink.late, 10u) << "of 1000";
  EXPECT_GT(report.nodes.at("llm").counters.at("pieces"), 10) << "the model worked meanwhile";
}

}  // namespace
}  // namespace sluice
#endif
