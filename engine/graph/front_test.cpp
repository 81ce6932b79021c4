// The YAML form: structure, variables, and errors with their exact places.
#include "engine/graph/front.h"

#include "engine/graph/nodes_for_tests.h"

namespace sluice {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kGood = R"(graph: demo
latency: { budget: 250 ms, on_overrun: shed }
vars: { level: -6 dB }
nodes:
  in:  { type: source, rate: 44.1 kHz }
  amp: { type: gain, gain: $level, cut: true }
  out: sink
links:
  - in -> amp -> out
)";

TEST(GraphYaml, ReadsNodesLinksAndLatency) {
  const Parsed parsed = read_yaml(kGood);
  ASSERT_THAT(lines(parsed.diagnostics), IsEmpty());
  EXPECT_EQ(parsed.spec.name, "demo");
  EXPECT_EQ(parsed.spec.budget, std::chrono::milliseconds(250));
  EXPECT_EQ(parsed.spec.budget_mark.line, 2);
  EXPECT_EQ(parsed.spec.budget_mark.column, 20);
  EXPECT_EQ(parsed.spec.on_overrun, Overload::shed);
  ASSERT_EQ(parsed.spec.nodes.size(), 3u);
  EXPECT_EQ(parsed.spec.nodes[1].name, "amp");
  EXPECT_EQ(parsed.spec.nodes[1].type, "gain");
  EXPECT_TRUE(parsed.spec.nodes[1].placement.cut);
  EXPECT_EQ(parsed.spec.nodes[1].mark.line, 6);
  EXPECT_EQ(parsed.spec.nodes[1].mark.column, 3);
  EXPECT_EQ(param_of(parsed.spec, "amp", "gain"), "-6 dB");
  EXPECT_THAT(links_of(parsed.spec), ElementsAre("in -> amp", "amp -> out"));
  EXPECT_THAT(problems(parsed), IsEmpty());
}

TEST(GraphYaml, TakesLinksAsOneBlockOfText) {
  const Parsed parsed = read_yaml("nodes: { a: source, b: gain, c: sink }\nlinks: |\n  a -> b\n  b -> c\n");
  EXPECT_THAT(problems(parsed), IsEmpty());
  EXPECT_THAT(links_of(parsed.spec), ElementsAre("a -> b", "b -> c"));
  EXPECT_EQ(parsed.spec.links[1].to.mark.line, 4);
  EXPECT_EQ(parsed.spec.links[1].to.mark.column, 8);
}

TEST(GraphYaml, TakesLinksWithAPolicyAndACut) {
  const Parsed parsed =
      read_yaml("nodes: { a: source, c: sink }\nlinks:\n  - { link: a -> c, on_overrun: fail, cut: true }\n");
  ASSERT_THAT(problems(parsed), IsEmpty());
  EXPECT_EQ(parsed.spec.links[0].on_overrun, Overload::fail);
  EXPECT_TRUE(parsed.spec.links[0].cut);
}

TEST(GraphYaml, TakesThePlacementOfANode) {
  const Parsed parsed = read_yaml(
      "vars: { cpu: 3 }\nnodes:\n  a: source\n  b: { type: gain, fuse: true, pin: $cpu }\n  c: "
      "sink(priority=background)\n"
      "links: [ a -> b -> c ]\n");
  ASSERT_THAT(problems(parsed), IsEmpty());
  EXPECT_TRUE(parsed.spec.nodes[1].placement.fuse);
  EXPECT_EQ(parsed.spec.nodes[1].placement.pin, 3);
  EXPECT_EQ(parsed.spec.nodes[2].placement.priority, Priority::background) << "in short, too";
  EXPECT_EQ(parsed.spec.nodes[0].placement.pin, std::nullopt);
}

TEST(GraphYaml, RefusesPlacementsThatMakeNoSense) {
  const auto error = [](const std::string& placement) {
    return lines(read_yaml(("nodes: { a: source, b: { type: sink, " + placement + " } }\nlinks: [a -> b]\n").c_str())
                     .diagnostics);
  };
  EXPECT_THAT(error("pin: first"), ElementsAre("1:43: 'pin' is the number of a CPU, from 0 to 1023, not 'first'"));
  EXPECT_THAT(error("pin: -1"), ElementsAre(HasSubstr("not '-1'")));
  EXPECT_THAT(error("pin: 1e9"), ElementsAre(HasSubstr("not '1e9'")));
  EXPECT_THAT(error("priority: high"),
              ElementsAre(HasSubstr("unknown priority 'high'; known: auto, realtime, background")));
  EXPECT_THAT(error("cut: maybe"), ElementsAre(HasSubstr("'cut' is true or false, not 'maybe'")));
}

TEST(GraphYaml, TakesNodesInShort) {
  const Parsed parsed = read_yaml("nodes:\n  a: source(rate=8 kHz, channels=1)\n  c: sink\nlinks: [a -> c]\n");
  ASSERT_THAT(problems(parsed), IsEmpty());
  EXPECT_EQ(param_of(parsed.spec, "a", "channels"), "1");
}

TEST(GraphYaml, MayDeclareNodesWithinLinks) {
  const Parsed parsed = read_yaml("nodes: { a: source }\nlinks:\n  - a -> gain(-3 dB) -> sink\n");
  EXPECT_THAT(problems(parsed), IsEmpty());
  EXPECT_THAT(links_of(parsed.spec), ElementsAre("a -> gain", "gain -> sink"));
}

TEST(GraphYaml, ReportsEveryErrorWithItsPlace) {
  const auto found = problems(read_yaml(R"(grph: demo
latency: { budget: 250 mm }
nodes:
  in:  { type: sorce }
  amp: { type: gain, gian: 3 dB }
  loud: { type: gain, gain: 90 dB }
  out: { type: sink }
links:
  - in -> amp -> loud -> oout
)"));
  EXPECT_THAT(found,
              ElementsAre(HasSubstr("1:1: unknown key 'grph' of a graph: did you mean 'graph'?"),
                          HasSubstr("2:20: budget: '250 mm' has the unit 'mm', allowed: s, ms"),
                          HasSubstr("4:16: unknown node type 'sorce': did you mean 'source'?"),
                          HasSubstr("5:22: unknown parameter 'gian' of 'amp' (gain): did you mean 'gain'?"),
                          HasSubstr("6:29: gain of 'loud' (gain): 90 dB is out of range, allowed: -120 dB to 60 dB"),
                          HasSubstr("7:3: input 'in' of 'out' (sink) is not connected"),
                          HasSubstr("9:26: unknown node or type 'oout': did you mean 'out'?")));
}

TEST(GraphYaml, FindsPlacesInQuotedFoldedAndLiteralText) {
  const char* nodes = "nodes: { a: source, c: sink }\nlinks:\n";
  const auto where = [&](const std::string& links) { return problems(read_yaml(nodes + links)).back().substr(0, 5); };
  EXPECT_EQ(where("  - a -> x"), "3:10:");
  EXPECT_EQ(where("  - \"a -> x\""), "3:11:");
  EXPECT_EQ(where("  - 'a -> x'"), "3:11:");
  EXPECT_EQ(where("  - >\n     a\n     -> x\n"), "5:9: ");
  EXPECT_EQ(where("  - a\n    -> x\n"), "4:8: ");
}

TEST(GraphYaml, RefusesAGraphWithoutNodes) {
  for (const char* text : {"graph: x\n", "nodes:\nlinks:\n", "nodes: {}\nlinks: []\n"})
    EXPECT_THAT(lines(read_yaml(text).diagnostics), ElementsAre(HasSubstr("1:1: the graph has no 'nodes'"))) << text;
}

TEST(GraphYaml, ReportsYamlErrors) {
  EXPECT_THAT(lines(read_yaml("nodes: { a: source\nlinks: [\n").diagnostics), ElementsAre(HasSubstr("not YAML")));
  EXPECT_THAT(lines(read_yaml("graph: \"x\nnodes: { a: source }\n").diagnostics),
              ElementsAre(HasSubstr("1:8: this quote is not closed")));
  EXPECT_THAT(lines(read_yaml("vars: {a: 'ÄÖÜäöü', b: \"y\"}\nnodes: { o: nosuch }\n").diagnostics),
              testing::Each(Not(HasSubstr("quote"))));
  EXPECT_THAT(lines(read_yaml("").diagnostics), ElementsAre(HasSubstr("1:1: the file is empty")));
  EXPECT_THAT(lines(read_yaml("- a\n- b\n").diagnostics), ElementsAre(HasSubstr("1:1: a graph is a mapping")));
  EXPECT_THAT(lines(read_yaml("graph: a\n---\ngraph: b\n").diagnostics),
              testing::Contains(HasSubstr("a second document")));
}

TEST(GraphYaml, RefusesDuplicateKeys) {
  EXPECT_THAT(lines(read_yaml("nodes:\n  a: source\n  a: sink\nlinks: []\n").diagnostics),
              ElementsAre("3:3: 'a' is given twice"));
}

TEST(GraphYaml, RefusesAnchorsAliasesAndTags) {
  EXPECT_THAT(lines(read_yaml("nodes:\n  a: &x { type: source }\n  b: *x\nlinks: []\n").diagnostics),
              ElementsAre(HasSubstr("2:6: anchors and aliases"), HasSubstr("3:3: node 'b' needs a type"),
                          HasSubstr("3:6: anchors and aliases")));
  EXPECT_THAT(lines(read_yaml("graph: !!str x\nnodes: { a: source }\nlinks: []\n").diagnostics),
              ElementsAre(HasSubstr("1:8: tags are not part")));
}

TEST(GraphYaml, SurvivesBillionLaughs) {
  std::string text = "a: &a [x,x,x,x,x,x,x,x,x]\n";
  for (char c = 'b'; c < 'n'; ++c)
    text += fmt::format("{0}: &{0} [*{1},*{1},*{1},*{1},*{1},*{1},*{1},*{1}]\n", c, static_cast<char>(c - 1));
  EXPECT_FALSE(read_yaml(text).ok());
}

TEST(GraphYaml, RefusesWhatIsTooLargeTooDeepOrNoText) {
  EXPECT_THAT(lines(read_yaml(std::string(2 << 20, ' ')).diagnostics), ElementsAre(HasSubstr("larger than 1 MiB")));
  EXPECT_THAT(lines(read_yaml("nodes: " + std::string(100, '[')).diagnostics),
              ElementsAre(HasSubstr("nested deeper than 16")));
  EXPECT_FALSE(read_yaml("nodes: " + std::string(100000, '[')).ok());
  EXPECT_FALSE(read_yaml(std::string(100000, '{')).ok());
  EXPECT_THAT(lines(read_yaml(std::string_view("graph: a\n\x04nodes", 15)).diagnostics),
              ElementsAre(HasSubstr("2:1: byte 0x04 is no text")));
}

TEST(GraphYaml, AsksForQuotesAroundNull) {
  EXPECT_THAT(lines(read_yaml("nodes:\n  a: { type: null }\n  b: sink\nlinks: [a -> b]\n").diagnostics),
              ElementsAre(HasSubstr("2:3: node 'a' needs a type"),
                          HasSubstr("2:14: 'type': an unquoted null is YAML's nothing")));
}

TEST(GraphYaml, AsksForOneValueWhereOneIsMeant) {
  EXPECT_THAT(
      lines(read_yaml("nodes:\n  a: { type: source, rate: [1, 2] }\n  b: { type: sink, path: }\nlinks: [a -> b]\n")
                .diagnostics),
      ElementsAre(HasSubstr("2:28: 'rate' must be one value, not a list"), HasSubstr("'path' has no value")));
}

TEST(GraphYaml, ChecksBudgetsAndPolicies) {
  const auto error = [](const std::string& latency) {
    return lines(read_yaml("latency: " + latency + "\nnodes: { a: source }\nlinks: []\n").diagnostics).at(0);
  };
  EXPECT_THAT(error("0 ms"), HasSubstr("1:10: budget: '0 ms' is out of range"));
  EXPECT_THAT(error("-5 ms"), HasSubstr("out of range"));
  EXPECT_THAT(error("{ budgt: 1 s }"), HasSubstr("1:12: unknown key 'budgt' of latency: did you mean 'budget'?"));
  EXPECT_THAT(error("{ on_overrun: drop }"),
              HasSubstr("unknown answer to overload 'drop'; known: wait, shed, latest, fail"));
}

// ---- variables ----

FrontOptions with(std::map<std::string, std::string> vars) {
  return {.vars = std::move(vars), .replacements = {}, .graph_path = {}, .environment = {}};
}

constexpr const char* kVariables = R"(vars: { level: 3, name: x }
nodes:
  a: { type: source, path: "${name}_$level.$$wav" }
  b: { type: gain, gain: $level }
  c: sink
links: [a -> b -> c]
)";

TEST(Variables, AreSubstitutedInScalars) {
  const Parsed parsed = read_yaml(kVariables);
  EXPECT_THAT(problems(parsed), IsEmpty());
  EXPECT_EQ(param_of(parsed.spec, "a", "path"), "x_3.$wav");
  EXPECT_EQ(param_of(parsed.spec, "b", "gain"), "3");
}

TEST(Variables, TakeTheCommandLinesValueUnread) {
  const Parsed parsed = read_yaml(kVariables, with({{"name", "$level"}}));
  EXPECT_EQ(param_of(parsed.spec, "a", "path"), "$level_3.$wav");
}

TEST(Variables, BlameTheirDefaultForABadValue) {
  std::string text = kVariables;
  text.replace(text.find("level: 3"), 8, "level: 300");
  EXPECT_THAT(problems(read_yaml(text)), ElementsAre(HasSubstr("1:16: gain of 'b' (gain): 300 dB is out of range")));
}

TEST(Variables, BlameTheCommandLineForABadValue) {
  EXPECT_THAT(problems(read_yaml(kVariables, with({{"level", "loud"}}))),
              ElementsAre(HasSubstr("4:26: gain of 'b' (gain), from --set level: 'loud' is not a number")));
}

TEST(Variables, MustBeKnown) {
  EXPECT_THAT(problems(read_yaml(kVariables, with({{"levle", "1"}}))),
              ElementsAre(HasSubstr("unknown variable 'levle' of g.yaml: did you mean 'level'?")));
  EXPECT_THAT(
      problems(read_yaml("vars: { a: 1 }\nnodes: { s: { type: source, path: $b }, c: sink }\nlinks: [s -> c]\n")),
      ElementsAre(HasSubstr("2:35: unknown variable 'b': did you mean 'a'?")));
}

TEST(Variables, MustHaveAValue) {
  const char* text = "vars: { file: }\nnodes: { s: { type: source, path: $file }, c: sink }\nlinks: [s -> c]\n";
  EXPECT_THAT(problems(read_yaml(text)), ElementsAre(HasSubstr("1:9: variable 'file' has no value: --set file=...")));
  EXPECT_THAT(problems(read_yaml(text, with({{"file", "x"}}))), IsEmpty());
}

TEST(Variables, ReadTheEnvironmentInTheirDefaults) {
  const char* text =
      "vars: { a: '${env:HERE}', b: '${env:GONE:-other}' }\nnodes: { s: { type: source, path: $a-$b }, c: sink "
      "}\nlinks: [s -> c]\n";
  FrontOptions options;
  options.environment = [](const char* name) { return std::string_view(name) == "HERE" ? "yes" : nullptr; };
  const Parsed parsed = read_yaml(text, options);
  EXPECT_THAT(problems(parsed), IsEmpty());
  EXPECT_EQ(param_of(parsed.spec, "s", "path"), "yes-other");
  options.environment = [](const char*) -> const char* { return nullptr; };
  EXPECT_THAT(problems(read_yaml(text, options)), ElementsAre(HasSubstr("1:12: the environment has no 'HERE'")));
}

TEST(Variables, ReadTheEnvironmentNowhereElse) {
  EXPECT_THAT(problems(read_yaml("nodes: { s: { type: source, path: '${env:HOME}' }, c: sink }\nlinks: [s -> c]\n")),
              ElementsAre(HasSubstr("1:35: the environment is read in the default of a variable only")));
}

TEST(Variables, ExplainALoneDollar) {
  EXPECT_THAT(problems(read_yaml("nodes: { s: { type: source, path: a$ }, c: sink }\nlinks: [s -> c]\n")),
              ElementsAre(HasSubstr("write $$ for a dollar sign")));
}

TEST(Variables, CannotGrowWithoutBound) {
  std::string text = "vars: { a: " + std::string(60000, 'x') + " }\nnodes:\n";
  for (int n = 0; n < 2000; ++n) text += fmt::format("  s{}: {{ type: source, path: $a }}\n", n);
  EXPECT_THAT(lines(read_yaml(text + "links: []\n").diagnostics),
              testing::Contains(HasSubstr("too long once its variables are filled in")));
}

// ---- plug-ins ----

constexpr const char* kPlugged = R"(vars: { more: more.so }
plugins: [nodes.so, /opt/$more]
nodes: { s: source, c: sink }
links: [s -> c]
)";

TEST(Plugins, AreLoadedFromBesideTheFileThatNamesThem) {
  std::vector<std::string> loaded;
  FrontOptions options;
  options.load_plugin = [&](const std::string& file) -> Status { return loaded.push_back(file), Status{}; };
  EXPECT_THAT(problems(parse_graph_yaml(kPlugged, "graphs/g.yaml", test_registry(), options)), IsEmpty());
  EXPECT_THAT(loaded, ElementsAre("graphs/nodes.so", "/opt/more.so"));
}

TEST(Plugins, ThatAreRefusedAreErrorsAtTheirPlace) {
  FrontOptions options;
  options.load_plugin = [&](const std::string& file) -> Status { return Error{file, "is of another ABI"}; };
  EXPECT_THAT(problems(read_yaml(kPlugged, options)),
              ElementsAre(HasSubstr("2:11: nodes.so: is of another ABI"), HasSubstr("2:21: /opt/more.so: is of")));
}

TEST(Plugins, AreNotLoadedWhereNobodySaysHow) {
  EXPECT_THAT(problems(read_yaml(kPlugged)),
              testing::Contains(HasSubstr("2:11: nodes.so: is a plug-in that is not loaded")));
}

}  // namespace
}  // namespace sluice
