#include "engine/graph/build.h"

#include <chrono>

#include "engine/graph/nodes_for_tests.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> order_of(const BuiltGraph& graph) {
  std::vector<std::string> names;
  for (const std::size_t n : graph.order) names.push_back(graph.nodes[n].spec.name);
  return names;
}

TEST(Build, NegotiatesFromTheSourcesToTheSinks) {
  const BuiltGraph graph =
      build_graph(read_line("gain -> out: sink; in: source(44.1 kHz) -> gain").spec, test_registry());
  ASSERT_THAT(lines(graph.diagnostics), IsEmpty());
  EXPECT_THAT(order_of(graph), ElementsAre("in", "gain", "out"));
  EXPECT_EQ(graph.nodes[1].node->ins()[0]->format().rate_hz, 44100);
}

TEST(Build, MakesAnInputForEveryLinkToAFamily) {
  const BuiltGraph graph =
      build_graph(read_line("source -> m: mix -> sink; b: source -> m; c: source -> m.in").spec, test_registry());
  ASSERT_THAT(lines(graph.diagnostics), IsEmpty());
  EXPECT_EQ(graph.links.back().in->name(), "in3");
}

TEST(Build, NamesMixWhenAnInputHasALinkAlready) {
  EXPECT_THAT(
      problems(read_line("a: source -> g: gain -> sink; b: source -> g")),
      ElementsAre(HasSubstr("1:44: input 'in' of 'g' (gain) has a link from 'a' already: join streams with 'mix'")));
}

TEST(Build, ReportsWhatIsNotConnected) {
  EXPECT_THAT(
      problems(read_line("s: split; s.low -> sink; mix -> sink(x)")),
      ElementsAre(
          HasSubstr("1:1: input 'in' of 's' (split) is not connected"),
          HasSubstr(
              "1:1: output 'high' of 's' (split) is not connected: link it on, or end it with 's.high -> discard'"),
          HasSubstr("1:26: 'mix' (mix) needs at least one link to 'in'")));
}

TEST(Build, NamesTheNodesOfACycle) {
  EXPECT_THAT(problems(read_line("source -> m: mix -> g: gain -> s: split; s.low -> m; s.high -> sink")),
              ElementsAre(HasSubstr("a cycle: m -> g -> s -> m")));
  EXPECT_THAT(problems(read_line("g: gain; g -> g")),
              testing::Contains(HasSubstr("1:15: 'g' (gain) is linked to itself")));
}

TEST(Build, ReportsDirectionsThatDoNotExist) {
  EXPECT_THAT(problems(read_line("a: source -> b: source -> sink")),
              ElementsAre(HasSubstr("1:17: 'b' (source) has no input: it begins a chain")));
  EXPECT_THAT(problems(read_line("source -> a: sink -> b: sink")),
              testing::Contains(HasSubstr("1:14: 'a' (sink) has no output: it ends a chain")));
}

TEST(Build, AsksForRequiredParameters) {
  EXPECT_THAT(problems(read_line("source -> resample -> sink")),
              ElementsAre(HasSubstr("1:11: 'resample' (resample) needs the parameter 'rate': new rate")));
}

TEST(Build, NamesTheNodeThatConvertsAPayload) {
  EXPECT_THAT(problems(read_line("source -> net.listen")),
              ElementsAre("1:11: 'source.out' gives audio{48000 Hz, 2 ch}, but 'listen.in' (net.listen) takes "
                          "packet{narrow}: put 'narrow.encode' between them, or say "
                          "'auto_convert: true'"));
}

TEST(Build, NamesTheNodeThatConvertsAShape) {
  EXPECT_THAT(problems(read_line("source(8 kHz) -> narrow.encode -> sink")),
              ElementsAre(HasSubstr(
                  "'encode.in' (narrow.encode) takes audio{8000 Hz, 1 ch}: put 'channels(channels=1)' between them")));
  EXPECT_THAT(problems(read_line("source -> narrow.encode -> sink")),
              ElementsAre(HasSubstr("put 'channels(channels=1) -> resample(rate=8000)' between them")));
  EXPECT_THAT(problems(read_line("source(16 kHz, channels=1) -> narrow.encode -> sink")),
              ElementsAre(HasSubstr("put 'resample(rate=8000)' between them")));
}

TEST(Build, ReportsEveryCycleAndOnlyCycles) {
  EXPECT_THAT(
      problems(read_yaml("nodes: { s: source, a: mix, b: gain, c: mix, d: gain, e: gain, k: sink }\nlinks: [ s -> a "
                         "-> b -> a, b -> c -> d -> c, d -> e -> k ]\n")),
      testing::UnorderedElementsAre(HasSubstr("a cycle: a -> b -> a;"), HasSubstr("a cycle: c -> d -> c;")))
      << "and says nothing of e and k, which are behind them";
}

TEST(Build, ReportsCyclesThatHangTogetherOnce) {
  EXPECT_THAT(
      problems(read_yaml("nodes: { s: source, a: mix, b: gain, c: gain, k: sink }\nlinks: [ s -> a -> b -> a, a -> c "
                         "-> a, a -> k ]\n")),
      ElementsAre(HasSubstr("a cycle: ")));
}

TEST(Build, InsertsAnEncoderAndWhatTheEncoderNeedsWhenAsked) {
  const Parsed parsed = read_yaml("auto_convert: true\nnodes: { a: source, w: net.listen }\nlinks: [a -> w]\n");
  const BuiltGraph graph = build_graph(parsed.spec, test_registry());
  ASSERT_THAT(lines(graph.diagnostics), IsEmpty());
  EXPECT_THAT(order_of(graph),
              ElementsAre("a", "w/narrow.encode/channels", "w/narrow.encode/resample", "w/narrow.encode", "w"));
}

TEST(Build, InsertsRateAndChannelConvertersWhenAsked) {
  const Parsed parsed =
      read_yaml("auto_convert: true\nnodes: { a: source, e: narrow.encode, w: net.listen }\nlinks: [a -> e -> w]\n");
  const BuiltGraph graph = build_graph(parsed.spec, test_registry());
  ASSERT_THAT(lines(graph.diagnostics), IsEmpty());
  EXPECT_THAT(order_of(graph), ElementsAre("a", "e/channels", "e/resample", "e", "w"));
}

TEST(Build, InsertsDecodersWhenAsked) {
  const Parsed parsed = read_yaml(
      "auto_convert: true\nnodes: { a: source(8 kHz), e: narrow.encode, g: gain, w: sink }\nlinks: [a -> e -> g -> "
      "w]\n");
  const BuiltGraph graph = build_graph(parsed.spec, test_registry());
  ASSERT_THAT(lines(graph.diagnostics), IsEmpty());
  EXPECT_THAT(order_of(graph), ElementsAre("a", "e/channels", "e", "g/narrow.decode", "g", "w"));
}

TEST(Build, PutsANodesErrorAtItsParameter) {
  EXPECT_THAT(problems(read_line("source -> sink(path=bad)")),
              ElementsAre("1:21: 'sink' (sink) path: cannot be written"));
}

TEST(Build, SaysNothingOfWhatFollowsFromAnError) {
  EXPECT_THAT(problems(read_line("source(rate=1) -> gain -> net.listen")),
              ElementsAre(HasSubstr("1:13: rate of 'source'"), HasSubstr("takes packet{narrow}")));
  EXPECT_THAT(problems(read_line("sorce -> gain -> sink")), testing::SizeIs(1));
}

TEST(Build, TakesASourcesFileFromBesideTheGraph) {
  const TestFolder folder;
  const std::string sound = folder.write("demo.wav", "x");
  const std::string file = folder.write(
      "g.yaml", "nodes: { a: { type: source, path: demo.wav }, b: { type: sink, path: demo.wav } }\nlinks: [a -> b]\n");
  const BuiltGraph graph = build_graph(parse_graph_file(file, test_registry(), {}).spec, test_registry());
  EXPECT_EQ(static_cast<const TestSource&>(*graph.nodes[0].node).path.value(), sound);
  EXPECT_EQ(static_cast<const TestSink&>(*graph.nodes[1].node).path.value(), "demo.wav")
      << "a sink must not write beside the graph";
}

TEST(Build, LoadsAHundredNodesWithinTenMilliseconds) {
  std::string text = "nodes:\n  n0: { type: source, rate: 48 kHz }\n";
  for (int n = 1; n < 99; ++n) text += fmt::format("  n{}: {{ type: gain, gain: -{} dB }}\n", n, n);
  text += "  n99: sink\nlinks:\n";
  for (int n = 1; n < 100; ++n) text += fmt::format("  - n{} -> n{}\n", n - 1, n);
  auto best = std::chrono::steady_clock::duration::max();
  for (int run = 0; run < 5; ++run) {
    const auto start = std::chrono::steady_clock::now();
    const BuiltGraph graph = build_graph(read_yaml(text).spec, test_registry());
    best = std::min(best, std::chrono::steady_clock::now() - start);
    ASSERT_TRUE(graph.ok());
    ASSERT_EQ(graph.links.size(), 99u);
  }
#if defined(__OPTIMIZE__) && !defined(SLUICE_SANITIZED)
  EXPECT_LE(best, std::chrono::milliseconds(10));
#endif
}

}  // namespace
}  // namespace sluice
