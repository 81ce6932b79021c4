// Offline, a graph gives the same bytes for any number of workers, with a border before every node or none, and for any
// block size of its source.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "engine/graph/front.h"
#include "engine/run/session.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;
using testing::Not;

struct Case {
  std::string graph;  // a file in graphs/, or a line
  FrontOptions options;
  std::string output;  // the file that it writes
};

struct Setting {
  int workers = 1;
  bool cut = false;  // a border before every node
};

std::filesystem::path folder() {
  return std::filesystem::temp_directory_path() / ("sluice_determinism_" + std::to_string(::getpid()));
}

std::string in_folder(const std::string& name) {
  return (folder() / name).string();
}

Parsed read(const std::string& graph, const FrontOptions& options) {
  if (!graph.ends_with(".yaml")) return parse_graph_line(graph, Registry::global(), options);
  return parse_graph_file(std::string(SLUICE_ROOT "/graphs/") + graph, Registry::global(), options);
}

void run(const std::string& graph, FrontOptions options, const Setting& setting) {
  options.graph_path = {SLUICE_ROOT "/graphs"};
  Parsed parsed = read(graph, options);
  ASSERT_TRUE(parsed.ok()) << to_string(parsed.diagnostics.at(0));
  for (NodeSpec& node : parsed.spec.nodes) node.placement.cut = setting.cut;
  parsed.spec.budget.reset();  // blocks of a second would be over it
  BuiltGraph built = build_graph(std::move(parsed.spec), Registry::global());
  ASSERT_TRUE(built.ok()) << to_string(built.diagnostics.at(0));
  Plan plan = compile(std::move(built));
  ASSERT_FALSE(plan.live);
  ASSERT_EQ(plan.islands.size() > 1, setting.cut);
  Executor executor({.realtime_workers = 1, .elastic_workers = setting.workers, .raise_priority = false});
  Session session(std::move(plan), executor, {.run_for = 2s});
  const Status started = session.start();
  ASSERT_TRUE(started) << started.error().text();
  ASSERT_TRUE(session.wait(60s));
  const Status finished = session.finish();
  ASSERT_TRUE(finished) << finished.error().text();
}

std::string bytes_of(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

class Determinism : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    std::filesystem::create_directories(folder());
    run("tune(duration=1.5 s) -> gain(gain=-6 dB) -> file.write(" + in_folder("in.wav") + ")", {}, {});
  }
  static void TearDownTestSuite() { std::filesystem::remove_all(folder()); }

  static std::string output_of(const Case& c, const Setting& setting) {
    std::filesystem::remove(c.output);
    run(c.graph, c.options, setting);
    return bytes_of(c.output);
  }

  // The same bytes as one worker and one island give.
  static void expect_same_bytes(const Case& c) {
    const std::string reference = output_of(c, {});
    ASSERT_THAT(reference, Not(IsEmpty()));
    for (const bool cut : {false, true})
      for (const int workers : {1, 2, 4})
        EXPECT_TRUE(output_of(c, {workers, cut}) == reference) << workers << " workers" << (cut ? ", cut" : "");
  }

  // The same bytes as with the source's own block size.
  static void expect_same_bytes_in_blocks(Case c, const std::string& source) {
    const std::string reference = output_of(c, {});
    for (const char* block : {"1 ms", "7.3 ms", "250 ms"}) {
      c.options.replacements = {{source, "file.read(" + in_folder("in.wav") + ", block=" + block + ")"}};
      EXPECT_TRUE(output_of(c, {2, true}) == reference) << "blocks of " << block;
    }
  }

  static Case file_case(const std::string& graph, const std::string& output) {
    Case c{.graph = graph, .options = {}, .output = in_folder(output)};
    c.options.vars = {{"in", in_folder("in.wav")}, {"out", c.output}};
    return c;
  }
};

// ---- every graph that comes with sluice ----

// A graph of graphs/ with files in the places of its sources and sinks, and no clock: what is left must not depend on
// workers, borders or the blocks of the files. Graphs that take no sound from a file, or ask a model, have tests of
// their own in tests/integration.
class EveryGraph : public Determinism, public testing::WithParamInterface<std::string> {
 protected:
  struct Ends {
    std::vector<std::string> sources, sinks, clocks;  // nodes by name
    std::map<std::string, std::string> suffix;        // of a sink's file
  };

  // Why the graph cannot run here; empty: it can.
  std::string obstacle() const {
    const Parsed parsed = read(line_, with_path({}));
    for (const NodeSpec& spec : parsed.spec.nodes) {
      for (const char* family : {"llm.", "asr.", "vad.", "iq.", "text."})
        if (spec.type.starts_with(family)) return spec.type;
    }
    return "";
  }

  void SetUp() override {
    line_ = GetParam();
    if (read(line_, with_path({})).spec.open.empty()) return;
    line_ = "source: tune(duration=1 s) -> " + std::string(SLUICE_ROOT "/graphs/") + GetParam() + " -> sink: discard";
  }

  static FrontOptions with_path(FrontOptions options) {
    options.graph_path = {SLUICE_ROOT "/graphs"};
    return options;
  }

  Ends ends() const {
    Ends found;
    const Parsed parsed = read(line_, with_path({}));
    const BuiltGraph graph = build_graph(parsed.spec, Registry::global());
    EXPECT_TRUE(graph.ok()) << to_string(graph.diagnostics.at(0));
    for (const NodeSpec& spec : parsed.spec.nodes) {
      const auto built = std::ranges::find(graph.nodes, spec.name, [](const BuiltNode& n) { return n.spec.name; });
      const Node& node = *built->node;
      if (node.ins().empty())
        found.sources.push_back(spec.name);
      else if (node.outs().empty())
        found.sinks.push_back(spec.name);
      else if (node.traits().clock != ClockDomain::none || node.traits().bridges_clocks)
        found.clocks.push_back(spec.name);
      if (node.outs().empty()) found.suffix[spec.name] = node.ins()[0]->format().media == "audio" ? ".wav" : ".mp3";
    }
    return found;
  }

  static std::string file_of(const std::string& sink, const Ends& ends) {
    std::string name = GetParam() + "_" + sink;
    std::ranges::replace(name, '/', '_');
    return in_folder(name + ends.suffix.at(sink));
  }

  std::string output(const Ends& ends, const Setting& setting, const std::string& block) const {
    FrontOptions options;
    for (const std::string& source : ends.sources)
      options.replacements.emplace_back(source, "file.read(" + in_folder("in.wav") + ", block=" + block + ")");
    for (const std::string& clock : ends.clocks) options.replacements.emplace_back(clock, "gain(0 dB)");
    for (const std::string& sink : ends.sinks) {
      std::filesystem::remove(file_of(sink, ends));
      const std::string subtype = ends.suffix.at(sink) == ".wav" ? ", subtype=f32" : "";
      options.replacements.emplace_back(sink, "file.write(" + file_of(sink, ends) + subtype + ")");
    }
    run(line_, options, setting);
    std::string bytes;
    for (const std::string& sink : ends.sinks) bytes += bytes_of(file_of(sink, ends));
    return bytes;
  }

 private:
  std::string line_;  // a file of graphs/, or a graph in one line
};

TEST_P(EveryGraph, GivesTheSameBytesForAnyWorkersBordersAndBlocks) {
  if (const std::string node = obstacle(); !node.empty()) GTEST_SKIP() << "it has a node of type " << node;
  const Ends files = ends();
  const std::string reference = output(files, {}, "20 ms");
  ASSERT_THAT(reference, Not(IsEmpty()));
  for (const int workers : {1, 2, 3, 4})
    for (const bool cut : {false, true})
      EXPECT_TRUE(output(files, {workers, cut}, "20 ms") == reference)
          << workers << " workers" << (cut ? ", a border before every node" : "");
  for (const char* block : {"1 ms", "7.3 ms", "100 ms", "1 s"})
    EXPECT_TRUE(output(files, {2, true}, block) == reference) << "blocks of " << block;
}

std::vector<std::string> graph_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(SLUICE_ROOT "/graphs"))
    if (entry.path().extension() == ".yaml") files.push_back(entry.path().filename().string());
  std::ranges::sort(files);
  return files;
}

INSTANTIATE_TEST_SUITE_P(Graphs, EveryGraph, testing::ValuesIn(graph_files()),
                         [](const auto& graph) { return std::filesystem::path(graph.param).stem().string(); });

TEST_F(Determinism, OfAnEncodedFile) {
  expect_same_bytes(file_case("file_to_mp3.yaml", "out.mp3"));
}

TEST_F(Determinism, OfAnEncodedFileWhateverTheBlockSize) {
  expect_same_bytes_in_blocks(file_case("file_to_mp3.yaml", "blocks.mp3"), "source");
}

TEST_F(Determinism, OfATelephoneLine) {
  expect_same_bytes(file_case("g711_loop.yaml", "phone.wav"));
}

TEST_F(Determinism, OfATelephoneLineWhateverTheBlockSize) {
  expect_same_bytes_in_blocks(file_case("g711_loop.yaml", "phone_blocks.wav"), "source");
}

TEST_F(Determinism, OfAMixOfEndlessSources) {
  Case c{.graph = "mix_down.yaml", .options = {}, .output = in_folder("mix.wav")};
  c.options.replacements = {{"end", "file.write(" + c.output + ", subtype=f32)"}};
  expect_same_bytes(c);
}

TEST_F(Determinism, OfAFileThatCarriesNoDate) {
  const std::string path = in_folder("float.wav");
  run("tone(duration=10 ms) -> file.write(" + path + ", subtype=f32)", {}, {});
  EXPECT_EQ(bytes_of(path).find("PEAK"), std::string::npos) << "libsndfile's PEAK chunk holds the time of writing";
}

TEST_F(Determinism, OfBranchesThatPartAndMeet) {
  const Case c{.graph = "a: file.read(" + in_folder("in.wav") + ") -> m: mix -> file.write(" + in_folder("fan.wav") +
                        ", subtype=f32); a -> gain(-3 dB) -> m; a -> channels(map=\"2,1\") -> m; a -> "
                        "resample(48 kHz) -> resample(44.1 kHz) -> m",
               .options = {},
               .output = in_folder("fan.wav")};
  expect_same_bytes(c);
}

}  // namespace
}  // namespace sluice
