// What must hold for every registered node, whoever wrote it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/testing/realtime_trap.h"
#include "tests/nodes/nodes_for_tests.h"

namespace sluice {
namespace {

using testing::IsEmpty;
using testing::MatchesRegex;
using testing::Not;

constexpr const char* kLowerSnake = "[a-z][a-z0-9]*(_[a-z0-9]+)*";
constexpr const char* kTypeName = "[a-z][a-z0-9_]*(\\.[a-z][a-z0-9_]*)?";

class EveryNode : public testing::TestWithParam<std::string> {
 protected:
  const Descriptor descriptor_ = Registry::global().describe(GetParam());
};

TEST_P(EveryNode, HasItsDefaultsInsideTheirRanges) {
  const auto node = Registry::global().make(GetParam());
  for (ParamBase* param : node->params()) {
    const ParamInfo info = param->info();
    if (info.required) continue;
    const Status status = param->assign(info.default_text);
    EXPECT_TRUE(status) << status.error().text();
  }
}

TEST_P(EveryNode, RefusesWhatLiesOutsideARange) {
  const auto node = Registry::global().make(GetParam());
  for (ParamBase* param : node->params()) {
    const ParamInfo info = param->info();
    if (info.type == "text") continue;
    const Status status = param->assign("1e300 parsecs");
    ASSERT_FALSE(status) << info.name;
    EXPECT_EQ(status.error().where, info.name);
    EXPECT_THAT(status.error().message, Not(IsEmpty()));
    if (info.type == "number" || info.type == "integer") {
      EXPECT_LE(info.min, info.max) << info.name;
    }
  }
}

TEST_P(EveryNode, IsNamedInLowerSnake) {
  EXPECT_THAT(descriptor_.type, MatchesRegex(kTypeName));
  for (const auto& port : descriptor_.ins) EXPECT_THAT(port.name, MatchesRegex(kLowerSnake));
  for (const auto& port : descriptor_.outs) EXPECT_THAT(port.name, MatchesRegex(kLowerSnake));
  for (const auto& param : descriptor_.params) EXPECT_THAT(param.name, MatchesRegex(kLowerSnake));
  for (const auto& counter : descriptor_.counters) EXPECT_THAT(counter, MatchesRegex(kLowerSnake));
}

TEST_P(EveryNode, SaysWhatItIsAndWhatEachOfItsPartsIsFor) {
  EXPECT_THAT(descriptor_.doc, Not(IsEmpty()));
  for (const auto& port : descriptor_.ins) EXPECT_THAT(port.doc, Not(IsEmpty())) << port.name;
  for (const auto& port : descriptor_.outs) EXPECT_THAT(port.doc, Not(IsEmpty())) << port.name;
  for (const auto& param : descriptor_.params) EXPECT_THAT(param.doc, Not(IsEmpty())) << param.name;
  const auto node = Registry::global().make(GetParam());
  for (const Counter* counter : node->counters()) EXPECT_THAT(counter->doc(), Not(IsEmpty())) << counter->name();
}

TEST_P(EveryNode, NamesEachPartOnce) {
  const auto expect_distinct = [](auto items) {
    std::ranges::sort(items, {}, &std::decay_t<decltype(items[0])>::name);
    const auto twice = std::ranges::adjacent_find(items, {}, &std::decay_t<decltype(items[0])>::name);
    EXPECT_EQ(twice, items.end()) << twice->name;
  };
  expect_distinct(descriptor_.params);
  std::vector<PortInfo> ports = descriptor_.ins;
  ports.insert(ports.end(), descriptor_.outs.begin(), descriptor_.outs.end());
  expect_distinct(ports);
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '.', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryNode, testing::ValuesIn(Registry::global().types()), name_of);

// A node's parts whose names an error may carry.
std::vector<std::string> parts_of(const Node& node) {
  std::vector<std::string> parts;
  for (const ParamBase* param : node.params()) parts.push_back(param->name());
  for (const InPort* in : node.ins()) parts.push_back(in->name());
  for (const OutPort* out : node.outs()) parts.push_back(out->name());
  return parts;
}

// Takes the format, or says in an error of a named part what is wrong.
void offer(const std::string& type, const Format& format) {
  const auto node = Registry::global().make(type);
  for (InFamily* family : node->in_families()) family->add();
  for (ParamBase* param : node->params())
    if (param->info().required) {
      EXPECT_TRUE(param->assign("48 kHz") || param->assign("-"));
    }
  if (node->ins().empty()) return;
  for (InPort* in : node->ins()) {
    Format offered = format;
    if (!in->media().empty()) offered.media = in->media();
    if (!in->codec().empty()) offered.codec = in->codec();
    PortWiring::set_spec(*in, {offered, 480});
    PortWiring::mark_connected(*in);
  }
  if (node->ins().empty()) return;
  const Status status = node->configure();
  if (status) return;
  EXPECT_THAT(parts_of(*node), testing::Contains(status.error().where)) << type << " " << to_string(format);
  EXPECT_THAT(status.error().message, Not(IsEmpty())) << type << " " << to_string(format);
}

TEST(EveryNodesInput, TakesAFormatOrNamesWhatIsWrongWithIt) {
  for (const std::string& type : Registry::global().types())
    for (const double rate_hz : {8000.0, 11025.0, 44100.0, 96000.0, 768000.0})
      for (const int channels : {1, 2, 3, 6, 64})
        for (const char* codec : {"", "mp3", "pcm_alaw", "nonsense"})
          offer(type, {.media = "audio", .codec = codec, .rate_hz = rate_hz, .channels = channels});
}

constexpr std::size_t kFrames = 12'000;

class EveryRunnableNode : public testing::TestWithParam<std::string> {};

TEST_P(EveryRunnableNode, NeitherAllocatesNorLocksInRealTime) {
  if (!RealtimeTrap::active()) GTEST_SKIP() << "the sanitizer owns malloc";
  Fed fed(GetParam(), test_audio(2, 40'000), 441);
  if (!fed.node().node().traits().realtime) GTEST_SKIP() << "it says that it may block";
  EXPECT_EQ(fed.node().realtime_violation(), "");
}

TEST_P(EveryRunnableNode, GivesTheSameWhateverTheBlockSize) {
  const Audio audio = test_audio(2, kFrames);
  Fed reference(GetParam(), audio, 441);
  if (reference.node().node().outs().empty()) GTEST_SKIP() << "it has no output";
  if (reference.node().node().ins().empty()) GTEST_SKIP() << "it has no input";
  for (const std::int64_t block : {1, 7, 64, 1152, 4096}) {
    Fed fed(GetParam(), audio, block);
    EXPECT_TRUE(fed.output() == reference.output()) << "blocks of " << block;
  }
}

TEST_P(EveryRunnableNode, NumbersItsFramesWithoutAHole) {
  Fed fed(GetParam(), test_audio(2, kFrames), 441);
  if (fed.node().node().outs().empty()) GTEST_SKIP() << "it has no output";
  ASSERT_THAT(fed.blocks(), Not(IsEmpty()));
  std::int64_t end = fed.blocks()[0]->header.position;
  for (const BlockRef& block : fed.blocks()) {
    if (block->has(kRewrite)) continue;
    ASSERT_EQ(block->header.position, end) << "block " << block->header.sequence;
    end += block->header.frames;
  }
}

TEST_P(EveryRunnableNode, PassesAGapOn) {
  Fed fed(GetParam(), test_audio(2, 20'000), 441, Fed::Loss::one);
  if (fed.node().node().outs().empty()) GTEST_SKIP() << "it has no output";
  if (fed.node().node().ins().empty()) GTEST_SKIP() << "it has no input";
  const auto marked = std::ranges::count_if(fed.blocks(), [](const BlockRef& b) { return b->discontinuity(); });
  EXPECT_GE(marked, 1) << "a block was lost on the way in, and nobody behind this node will know";
}

// A block that has other holders is theirs as well.
TEST_P(EveryRunnableNode, LeavesItsInputsAlone) {
  Fed fed(GetParam(), test_audio(2, 5000), 441, Fed::Loss::one);
  if (fed.node().node().ins().empty()) GTEST_SKIP() << "it has no input";
  EXPECT_TRUE(fed.left_its_inputs_alone());
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryRunnableNode, testing::ValuesIn(runnable_types()), name_of);

}  // namespace
}  // namespace sluice
