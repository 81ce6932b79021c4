// What must hold for every registered node, whoever wrote it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/testing/node_rules.h"
#include "engine/testing/realtime_trap.h"
#include "tests/nodes/nodes_for_tests.h"

namespace sluice {
namespace {

using testing::IsEmpty;
using testing::Not;

class EveryNode : public testing::TestWithParam<std::string> {};

TEST_P(EveryNode, KeepsTheRulesOfItsDeclaration) {
  EXPECT_THAT(broken_rules(GetParam()), IsEmpty());
}

std::string name_of(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param;
  std::ranges::replace(name, '.', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Registry, EveryNode, testing::ValuesIn(Registry::global().types()), name_of);

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
  if (GetParam() == "sdr.ofdm_rx" || GetParam() == "sdr.flexframe_rx")
    GTEST_SKIP() << "it gives on bursts, and nothing for the samples between them";
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
  if (GetParam() == "sdr.depacketize") GTEST_SKIP() << "its codes mend the loss of a radio frame";
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
