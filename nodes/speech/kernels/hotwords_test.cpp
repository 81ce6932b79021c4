#include "nodes/speech/kernels/hotwords.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/speech/kernels/vocabulary_for_tests.h"

namespace sluice::speech {
namespace {

using testing::ElementsAre;

constexpr int kTear = 259, kThin = 260, kSheet = 261, kOther = 262;

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

TEST(Hotwords, WinWhereTheyAreNearlyAsLikely) {
  const HotwordTree t = tree("tear thin sheet");
  EXPECT_EQ(t.best(scores({{kOther, 5}, {kTear, 2}}), t.start()), kTear);
  EXPECT_EQ(t.best(scores({{kOther, 5}, {kTear, 0}}), t.start()), kOther) << "five apart is too far";
}

TEST(Hotwords, ContinueOnlyWhatHasBegun) {
  const HotwordTree t = tree("tear thin sheet");
  const auto unsure = scores({{kOther, 5}, {kThin, 2}});
  EXPECT_EQ(t.best(unsure, t.start()), kOther);
  EXPECT_EQ(t.best(unsure, t.after(t.start(), kTear)), kThin);
  EXPECT_EQ(t.best(unsure, t.after(t.after(t.start(), kTear), kOther)), kOther) << "the phrase was left";
}

TEST(Hotwords, AreFoundAlsoInLowerCaseAndWithCapitals) {
  const HotwordTree t = tree("TEAR");
  EXPECT_EQ(t.best(scores({{kOther, 5}, {kTear, 2}}), t.start()), kTear);
}

TEST(Hotwords, OfWeightZeroAndNoneAtAllChangeNothing) {
  EXPECT_EQ(tree("tear:0").best(scores({{kOther, 5}, {kTear, 4.9f}}), {}), kOther);
  EXPECT_TRUE(HotwordTree().empty());
  EXPECT_EQ(HotwordTree().best(scores({{kOther, 5}}), {}), kOther);
}

}  // namespace
}  // namespace sluice::speech
