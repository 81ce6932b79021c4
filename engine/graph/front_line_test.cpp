// The one-line form, composites and replacements.
#include "engine/graph/nodes_for_tests.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(OneLine, NamesNodesByTheLastPartOfTheirType) {
  const Parsed parsed = read_line("source(rate=8 kHz, channels=1) -> narrow.encode -> net.listen(port=80)");
  EXPECT_THAT(problems(parsed), IsEmpty());
  EXPECT_THAT(links_of(parsed.spec), ElementsAre("source -> encode", "encode -> listen"));
  EXPECT_EQ(param_of(parsed.spec, "listen", "port"), "80");
}

TEST(OneLine, NumbersNodesOfOneType) {
  EXPECT_THAT(links_of(read_line("source -> gain(1 dB) -> gain(2 dB) -> sink").spec),
              ElementsAre("source -> gain", "gain -> gain2", "gain2 -> sink"));
  EXPECT_THAT(links_of(read_line("source -> gain -> gain -> sink").spec),
              ElementsAre("source -> gain", "gain -> gain2", "gain2 -> sink"));
}

TEST(OneLine, GivesAnArgumentWithoutANameToTheFirstParameter) {
  EXPECT_EQ(param_of(read_line("source(96 kHz) -> sink").spec, "source", "rate"), "96 kHz");
  EXPECT_THAT(problems(read_line("source(96 kHz, 2) -> sink")),
              ElementsAre(HasSubstr("1:16: only the first argument may stand without a name")));
  EXPECT_THAT(problems(read_line("source -> mix(1) -> sink")),
              ElementsAre(HasSubstr("1:15: 'mix' (mix) takes no argument")));
}

TEST(OneLine, RefersToNodesByNameBeforeAndAfterTheirDeclaration) {
  const Parsed parsed =
      read_line("mic: source -> s: split; s.low -> one; s.high -> sink; gain -> sink(x); one: gain -> gain");
  EXPECT_THAT(links_of(parsed.spec),
              ElementsAre("mic -> s", "s.low -> one", "s.high -> sink", "gain -> sink2", "one -> gain"));
}

TEST(OneLine, ReportsEveryErrorWithItsColumn) {
  EXPECT_THAT(
      problems(read_line("sorce -> gain(gain=90) -> sink.ni; source -> ; source(rat=3) -> sink(x)")),
      ElementsAre(HasSubstr("1:1: unknown node type 'sorce': did you mean 'source'?"),
                  HasSubstr("1:20: gain of 'gain' (gain): 90 dB is out of range"),
                  HasSubstr("1:27: unknown node or type 'sink.ni'"), HasSubstr("1:46: expected a node before ';'"),
                  HasSubstr("1:55: unknown parameter 'rat' of 'source' (source): did you mean 'rate'?")));
}

TEST(OneLine, ReportsUnknownPorts) {
  EXPECT_THAT(problems(read_line("a: source -> b: split; b.lo -> sink; b.high -> sink(x)")),
              testing::Contains(HasSubstr("1:24: unknown output 'lo' of 'b' (split): did you mean 'low'?")));
}

TEST(OneLine, RefusesNamesGivenTwice) {
  EXPECT_THAT(problems(read_line("a: source -> a: sink")),
              testing::Contains(HasSubstr("1:14: there is a node 'a' already")));
  EXPECT_THAT(problems(read_line("source(rate=8000, rate=9000) -> sink")), ElementsAre("1:19: 'rate' is given twice"));
}

TEST(OneLine, RefusesNothing) {
  EXPECT_FALSE(read_line("  ").ok());
}

TEST(OneLine, TakesValuesFromTheCommandLine) {
  FrontOptions options;
  options.vars = {{"r", "96 kHz"}};
  EXPECT_EQ(param_of(read_line("source($r) -> sink", options).spec, "source", "rate"), "96 kHz");
}

// ---- composites ----

constexpr const char* kComposite = R"(graph: speech
description: encodes speech
vars: { law: a, level: 0 dB }
nodes:
  amp: { type: gain, gain: $level }
  enc: { type: narrow.encode, law: $law }
links: [amp -> enc]
expose: { in: amp.in, out: enc.out }
)";

class Composites : public testing::Test {
 protected:
  Composites() {
    folder.write("speech_encode.yaml", kComposite);
    options.graph_path = {folder.path()};
  }
  TestFolder folder;
  FrontOptions options;
};

TEST_F(Composites, AreFoundByTypeAndExpanded) {
  const Parsed parsed = read_line("source(8 kHz, channels=1) -> enc: speech.encode(mu) -> net.listen", options);
  EXPECT_THAT(problems(parsed), IsEmpty());
  EXPECT_THAT(links_of(parsed.spec),
              testing::UnorderedElementsAre("source -> enc/amp.in", "enc/amp -> enc/enc", "enc/enc.out -> listen"));
  EXPECT_EQ(param_of(parsed.spec, "enc/enc", "law"), "mu");
}

TEST_F(Composites, AreFoundByFileBesideTheGraph) {
  const std::string file = folder.write("top.yaml",
                                        "nodes:\n  s: source(8 kHz)\n  e: { use: speech_encode.yaml }\n  w: "
                                        "net.listen\nlinks: [s -> e.in, e.out -> w]\n");
  EXPECT_THAT(lines(parse_graph_file(file, test_registry(), {}).diagnostics), IsEmpty());
}

TEST_F(Composites, ThatTakeThePlaceOfOnesOfTheGraphPathAreToldOf) {
  const TestFolder shipped("_shipped");
  const std::string top = folder.write("top.yaml",
                                       "nodes:\n  s: source(8 kHz, channels=1)\n  e: speech.encode\n  w: net.listen\n"
                                       "links: [s -> e -> w]\n");
  options.graph_path = {shipped.path()};
  const auto told = [&] { return lines(parse_graph_file(top, test_registry(), options).diagnostics); };
  EXPECT_THAT(told(), IsEmpty()) << "there is no other";
  shipped.write("speech_encode.yaml", kComposite);
  EXPECT_THAT(told(), IsEmpty()) << "they are the same";
  const std::string other = shipped.write("speech_encode.yaml", std::string(kComposite) + "# changed\n");
  EXPECT_THAT(told(),
              ElementsAre("top.yaml:3:6: 'speech.encode' is " + folder.path() + "/speech_encode.yaml here, not " +
                          other + ": say 'use: speech_encode.yaml' where that is meant, or rename it"));
  EXPECT_TRUE(parse_graph_file(top, test_registry(), options).ok()) << "but it is no error";
}

TEST_F(Composites, CheckTheirParametersLikeNodes) {
  EXPECT_THAT(problems(read_line("source -> speech.encode(lawe=a) -> net.listen", options)),
              testing::Contains(HasSubstr("1:25: unknown parameter 'lawe' of speech.encode: did you mean 'law'?")));
  EXPECT_THAT(problems(read_line("source(8 kHz, channels=1) -> speech.encode(level=99 dB) -> net.listen", options)),
              ElementsAre(HasSubstr("gain of 'encode/amp' (gain): 99 dB is out of range")));
}

TEST_F(Composites, BlameTheValueWhereItWasWritten) {
  EXPECT_THAT(
      problems(read_line("source(8 kHz, channels=1) -> speech.encode(level=99 dB) -> net.listen", options)).at(0),
      testing::StartsWith("1:50:"));
}

TEST_F(Composites, ReportPortsTheyDoNotHave) {
  EXPECT_THAT(lines(read_line("source -> e: speech.encode; e.ot -> net.listen", options).diagnostics),
              ElementsAre(HasSubstr("1:29: unknown output 'ot' of 'e': did you mean 'out'?")));
}

TEST_F(Composites, ReportTheirOwnUnconnectedPortsWhereTheyAreUsed) {
  EXPECT_THAT(problems(read_line("speech.encode -> net.listen", options)),
              ElementsAre("1:1: input 'in' of 'encode' is not connected"));
  EXPECT_THAT(problems(read_line("source(8 kHz, channels=1) -> speech.encode", options)),
              ElementsAre("1:30: output 'out' of 'encode' is not connected"));
}

TEST_F(Composites, MustExposePorts) {
  folder.write("bad_part.yaml", "nodes: { a: source, b: sink }\nlinks: [a -> b]\n");
  EXPECT_THAT(lines(read_line("source -> bad.part -> sink", options).diagnostics), ElementsAre(HasSubstr("1:11: ")));
}

TEST_F(Composites, CannotUseThemselves) {
  folder.write("a_x.yaml", "nodes: { n: b.x }\nlinks: []\nexpose: { in: n }\n");
  folder.write("b_x.yaml", "nodes: { n: a.x }\nlinks: []\nexpose: { in: n }\n");
  EXPECT_THAT(lines(read_line("source -> a.x", options).diagnostics),
              testing::Contains(HasSubstr("the graph uses itself: ")));
}

TEST_F(Composites, CannotGrowWithoutBound) {
  for (int n = 0; n < 15; ++n)
    folder.write(fmt::format("d_{}.yaml", n),
                 fmt::format("nodes: {{ a: d.{0}, b: d.{0}, c: d.{0} }}\nlinks: []\nexpose: {{ in: a }}\n", n + 1));
  folder.write("d_15.yaml", "nodes: { a: gain }\nlinks: []\nexpose: { in: a.in, out: a.out }\n");
  const Parsed parsed = read_line("source -> d.0", options);
  EXPECT_LE(parsed.spec.nodes.size(), 10000u);
  EXPECT_THAT(lines(parsed.diagnostics), testing::Contains(HasSubstr("more than 10000 nodes")));
}

TEST_F(Composites, CannotNestWithoutBound) {
  for (int n = 0; n < 20; ++n)
    folder.write(fmt::format("d_{}.yaml", n),
                 fmt::format("nodes: {{ a: d.{} }}\nlinks: []\nexpose: {{ in: a }}\n", n + 1));
  folder.write("d_20.yaml", "nodes: { a: sink }\nlinks: []\nexpose: { in: a }\n");
  EXPECT_THAT(lines(read_line("source -> d.0", options).diagnostics),
              testing::Contains(HasSubstr("nested deeper than 16 files")));
}

TEST_F(Composites, ReportTheirOwnErrorsOnceWithTheirOwnPlace) {
  folder.write("broken_part.yaml", "nodes:\n  a: gian\nlinks: []\nexpose: { in: a.in, out: a.out }\n");
  EXPECT_THAT(lines(read_line("source -> broken.part -> broken.part(x=1) -> sink", options).diagnostics),
              ElementsAre(HasSubstr("unknown parameter 'x' of broken.part"),
                          HasSubstr("broken_part.yaml:2:6: unknown node type 'gian'")));
}

TEST_F(Composites, AreDescribedLikeNodes) {
  const auto found = composite_nodes(test_registry(), options);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].type, "speech.encode");
  EXPECT_EQ(found[0].doc, "encodes speech");
  ASSERT_EQ(found[0].outs.size(), 1u);
  EXPECT_EQ(found[0].outs[0].codec, "narrow");
  ASSERT_EQ(found[0].params.size(), 2u);
  EXPECT_THAT(found[0].params[0].choices, ElementsAre("a", "mu"));
  EXPECT_EQ(found[0].params[1].unit, "dB");
}

TEST_F(Composites, ShowTheirOpenPortsWhenTheyAreTheTopGraph) {
  const Parsed parsed = parse_graph_file(folder.path() + "/speech_encode.yaml", test_registry(), {});
  ASSERT_EQ(parsed.spec.open.size(), 2u);
  EXPECT_TRUE(parsed.spec.open[0].input);
  EXPECT_FALSE(parsed.spec.open[1].input);
  EXPECT_THAT(problems(parsed), IsEmpty());
}

TEST_F(Composites, AreReportedWhenTheirFileIsMissing) {
  EXPECT_THAT(lines(read_yaml("nodes: { a: { use: gone.yaml } }\nlinks: []\n").diagnostics),
              ElementsAre(HasSubstr("1:20: there is no graph file 'gone.yaml'")));
}

// ---- replacements ----

FrontOptions replacing(std::string node, std::string chain) {
  return {.vars = {}, .replacements = {{std::move(node), std::move(chain)}}, .graph_path = {}, .environment = {}};
}

constexpr const char* kRadio = R"(nodes:
  mic: { type: source, rate: 8 kHz, channels: 1 }
  enc: { type: narrow.encode }
  web: { type: net.listen }
links: [mic.out -> enc, enc -> web.in]
)";

TEST(Replacement, PutsANodeInANodesPlace) {
  const Parsed parsed = read_yaml(kRadio, replacing("web", "sink"));
  EXPECT_THAT(problems(parsed), IsEmpty());
  EXPECT_THAT(links_of(parsed.spec), ElementsAre("mic.out -> enc", "enc -> web.in"));
  EXPECT_EQ(parsed.spec.nodes.back().type, "sink");
}

TEST(Replacement, PutsAChainInANodesPlace) {
  const Parsed parsed = read_yaml(kRadio, replacing("mic", "source(16 kHz) -> channels -> resample(8 kHz)"));
  EXPECT_THAT(problems(parsed), IsEmpty());
  EXPECT_THAT(links_of(parsed.spec), ElementsAre("mic/source -> mic/channels", "mic/channels -> mic/resample",
                                                 "mic/resample.out -> enc", "enc -> web.in"));
}

TEST(Replacement, LooksAwayFromWhatItReplaces) {
  std::string text = kRadio;
  text.replace(text.find("type: source"), 12, "type: no.such");
  EXPECT_THAT(problems(read_yaml(text, replacing("mic", "source(8 kHz, channels=1)"))), IsEmpty());
}

TEST(Replacement, NeedsAKnownNode) {
  EXPECT_THAT(problems(read_yaml(kRadio, replacing("mci", "source"))),
              ElementsAre(HasSubstr("unknown node 'mci': did you mean 'mic'?")));
}

TEST(Replacement, ReportsItsErrorsInItsOwnText) {
  EXPECT_THAT(problems(read_yaml(kRadio, replacing("mic", "source(8 kHz, channels=1) -> gian"))),
              testing::Contains(HasSubstr("--replace mic:1:30: unknown")));
  EXPECT_THAT(problems(read_yaml(kRadio, replacing("mic", "source ->"))),
              testing::Contains(HasSubstr("--replace mic:1:10: a node is missing at the end")));
  EXPECT_THAT(problems(read_yaml(kRadio, replacing("mic", "source; gain"))),
              testing::Contains(HasSubstr("expected one chain")));
}

TEST(Replacement, ReachesIntoComposites) {
  const TestFolder folder;
  folder.write("speech_encode.yaml", kComposite);
  FrontOptions options = replacing("encode/amp", "resample(8 kHz) -> channels");
  options.graph_path = {folder.path()};
  EXPECT_THAT(problems(read_line("source -> speech.encode -> net.listen", options)), IsEmpty());
}

TEST(Addition, HangsAFurtherChainOnANodeOfTheGraph) {
  const FrontOptions options{
      .vars = {}, .replacements = {}, .additions = {"amp -> copy: sink"}, .graph_path = {}, .environment = {}};
  const char* yaml = "nodes:\n  in: source\n  amp: gain\n  out: sink\nlinks:\n  - in -> amp -> out\n";
  const Parsed parsed = read_yaml(yaml, options);
  EXPECT_THAT(problems(parsed), IsEmpty());
  EXPECT_THAT(links_of(parsed.spec), ElementsAre("in -> amp", "amp -> out", "amp -> copy"));
}

TEST(Addition, ReportsItsErrorsWithTheirColumn) {
  const FrontOptions options{
      .vars = {}, .replacements = {}, .additions = {"apm -> sink"}, .graph_path = {}, .environment = {}};
  const char* yaml = "nodes:\n  in: source\n  amp: gain\n  out: sink\nlinks:\n  - in -> amp -> out\n";
  EXPECT_THAT(problems(read_yaml(yaml, options)), ElementsAre(HasSubstr("--add:1:1: ")));
}

}  // namespace
}  // namespace sluice
