#include "nodes/speech/kernels/hotwords.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nodes/speech/kernels/vocabulary_for_tests.h"

namespace sluice::speech {
namespace {

using testing::ElementsAre;

constexpr int kTear = 259, kThin = 260, kSheet = 261, kOther = 262, kX = 264 + ('x' - 'a');

Vocabulary letters() {
  std::vector<std::string> pieces{"\u2581tear", "\u2581thin", "\u2581sheet", "\u2581other", "\u2581"};
  for (char c = 'a'; c <= 'z'; ++c) pieces.emplace_back(1, c);
  for (const char* const word : {"tear", "thin", "sheet", "other"})
    for (std::size_t n = 1; n < std::string_view(word).size(); ++n)
      pieces.push_back("\u2581" + std::string(word).substr(0, n));
  return vocabulary_of(pieces);
}

HotwordTree tree(const std::string& phrases) {
  const std::vector<Hotword> hotwords = parse_hotwords(phrases);
  return HotwordTree(hotwords, letters());
}

std::vector<float> scores(std::initializer_list<std::pair<int, float>> some) {
  std::vector<float> all(400, -20.0f);
  for (const auto& [token, score] : some) all[static_cast<std::size_t>(token)] = score;
  return all;
}

TEST(Hotwords, AreReadWithTheirWeights) {
  EXPECT_THAT(parse_hotwords("Fanny, tear thin:1.2\n\n mean : 0.5 ,"),
              ElementsAre(Hotword{"Fanny", 1}, Hotword{"tear thin", 1.2}, Hotword{"mean", 0.5}));
  EXPECT_THAT(parse_hotwords("a:99,b:-3,c:x,12:30"),
              ElementsAre(Hotword{"a", HotwordTree::kMaxWeight}, Hotword{"b", 0}, Hotword{"c:x", 1},
                          Hotword{"12", HotwordTree::kMaxWeight}));
  EXPECT_THAT(parse_hotwords(" ,\n,"), testing::IsEmpty());
}

TEST(Hotwords, BeginWhereTheyAreNearlyAsLikely) {
  const HotwordTree t = tree("tear thin sheet, thin, other:0.5");
  const auto steps = t.beginnings(scores({{kOther, 5}, {kTear, 3.5}, {kThin, 4}}), 2);
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_EQ(steps[0].token, kOther);
  EXPECT_EQ(steps[1].token, kThin);
  EXPECT_FLOAT_EQ(steps[1].cost, 1);
  const float far = 5 - HotwordTree::kBudget - 0.1f;
  EXPECT_THAT(t.beginnings(scores({{kSheet, 5}, {kThin, far}}), 9), testing::IsEmpty());
}

TEST(Hotwords, GoOnOnlyAsThePhraseDoes) {
  const HotwordTree t = tree("tear thin sheet, tear thin");
  const auto any = scores({{kOther, 5}, {kThin, 2}, {kTear, 5}});
  const auto tear = t.step(HotwordTree::kRoot, kTear, any);
  ASSERT_TRUE(tear);
  EXPECT_EQ(t.own_budget(tear->node), 0) << "no phrase ends here";
  const auto thin = t.continuation(tear->node, any);
  ASSERT_TRUE(thin);
  EXPECT_EQ(thin->token, kThin);
  EXPECT_FLOAT_EQ(thin->cost, 3);
  EXPECT_GT(t.own_budget(thin->node), 0);
  const auto sheet = t.continuation(thin->node, any);
  ASSERT_TRUE(sheet);
  EXPECT_GT(sheet->cost, t.budget(sheet->node)) << "too dear";
  EXPECT_FALSE(t.continuation(sheet->node, any));
  EXPECT_FALSE(t.step(tear->node, kOther, any));
}

TEST(Hotwords, PayInFullForTheInsideOfAWord) {
  const HotwordTree t = tree("tearx");
  const auto any = scores({{kTear, 5}, {kX, 1}, {kOther, 1}});
  const auto tear = t.step(HotwordTree::kRoot, kTear, any);
  ASSERT_TRUE(tear);
  EXPECT_EQ(tear->cost, 0);
  const auto even = scores({{kX, 1}, {kOther, 1}});
  EXPECT_NEAR(t.step(tear->node, kX, even)->cost, std::log(2.0f), 1e-4);
}

TEST(Hotwords, AreFoundAlsoInLowerCaseAndWithCapitals) {
  EXPECT_EQ(tree("TEAR").beginnings(scores({{kTear, 2}}), 1).size(), 1u);
}

TEST(Hotwords, MayCostMoreWhereTheyWeighMore) {
  const auto steps = tree("tear:1.5, thin:0.5").beginnings(scores({{kTear, 0}, {kThin, 0}}), 2);
  ASSERT_EQ(steps.size(), 2u);
  const HotwordTree t = tree("tear:1.5, thin:0.5");
  EXPECT_FLOAT_EQ(t.own_budget(steps[0].node) + t.own_budget(steps[1].node), 2 * HotwordTree::kBudget);
}

TEST(Hotwords, OfWeightZeroAndNoneAtAllChangeNothing) {
  EXPECT_TRUE(tree("tear:0").empty());
  EXPECT_TRUE(HotwordTree().empty());
  EXPECT_THAT(HotwordTree().beginnings(scores({{kOther, 5}}), 2), testing::IsEmpty());
}

}  // namespace
}  // namespace sluice::speech
