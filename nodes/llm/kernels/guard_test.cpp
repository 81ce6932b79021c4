#include "nodes/llm/kernels/guard.h"

#include <gmock/gmock.h>

namespace sluice::llm {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::vector<std::string> kNone;

struct Bad {
  const char* original;
  const char* proposal;
  Verdict verdict;

  friend void PrintTo(const Bad& bad, std::ostream* to) { *to << bad.proposal; }
};

class BadEdit : public testing::TestWithParam<Bad> {};

TEST_P(BadEdit, LeavesTheOriginal) {
  const Judged judged = judge(GetParam().original, {}, GetParam().proposal, kNone);
  EXPECT_EQ(judged.text, GetParam().original);
  EXPECT_GE(judged.count(GetParam().verdict), 1u);
  EXPECT_EQ(judged.count(Verdict::accepted), 0u);
}

INSTANTIATE_TEST_SUITE_P(
    Guard, BadEdit,
    testing::Values(Bad{"we met at nine fifteen", "We met at nine fifty.", Verdict::number},
                    Bad{"it costs 40 pounds", "it costs 14 pounds", Verdict::number},
                    Bad{"send it to Maria please", "send it to Marie please", Verdict::name},
                    Bad{"send it to the office please", "send it to the Orifice please", Verdict::name},
                    Bad{"he did go home", "he did not go home", Verdict::sound},
                    Bad{"he did not go home", "he did go home", Verdict::sound},
                    Bad{"the weather is nice today", "the temperature is nice today", Verdict::sound},
                    Bad{"she sells shells by the shore", "Shells are sold by her at the beach.", Verdict::too_much},
                    Bad{"she sells shells by the shore",
                        "Here is the corrected sentence: She sells shells by the shore.", Verdict::too_much},
                    Bad{"she sells shells by the shore", "", Verdict::too_much},
                    Bad{"she sells shells by the shore", "Sie verkauft Muscheln am Ufer", Verdict::too_much},
                    Bad{"我们三点开会", "我们四点开会", Verdict::number}));

TEST(Guard, LetsASmallEditThatSoundsAlikeThrough) {
  const Judged judged = judge("he cut off the clubs of garlic", {}, "He cut off the cloves of garlic.", kNone);
  EXPECT_EQ(judged.text, "He cut off the cloves of garlic.");
  EXPECT_EQ(judged.count(Verdict::accepted), 1u);
}

TEST(Guard, LetsPunctuationAndCaseThrough) {
  EXPECT_EQ(judge("hello how are you", {}, " Hello, how are you?\n", kNone).text, "Hello, how are you?");
}

TEST(Guard, TakesTheGoodChangesAndLeavesTheBad) {
  const Judged judged =
      judge("at 40 he cut the clubs of garlic and left", {}, "at 14 he cut the cloves of garlic and left", kNone);
  EXPECT_EQ(judged.text, "at 40 he cut the cloves of garlic and left");
  EXPECT_EQ(judged.count(Verdict::accepted), 1u);
  EXPECT_EQ(judged.count(Verdict::number), 1u);
}

TEST(Guard, LetsHotwordsTouchNames) {
  const std::vector<std::string> hotwords = {"Tear a thin sheet", "Kowalski"};
  EXPECT_EQ(judge("Tareth and Sheep from the yellow pad of paper here", {},
                  "Tear a thin sheet from the yellow pad of paper here", hotwords, {.most_share = 0.5})
                .text,
            "Tear a thin sheet from the yellow pad of paper here");
  EXPECT_EQ(judge("ask mister Kowalsky", {}, "ask mister Kowalski", hotwords).text, "ask mister Kowalski");
  EXPECT_EQ(judge("ask mister Brown", {}, "ask mister Kowalski", hotwords).text, "ask mister Brown")
      << "sounds different";
}

TEST(Guard, ChangesIdeographsIntoHotwordsOnly) {
  EXPECT_EQ(judge("请打开阿里爸爸", {}, "请打开阿里巴巴", kNone).text, "请打开阿里爸爸");
  const std::vector<std::string> hotwords = {"阿里巴巴"};
  EXPECT_EQ(judge("请打开阿里爸爸", {}, "请打开阿里巴巴", hotwords).text, "请打开阿里巴巴");
}

TEST(Guard, TakesStuttersAndFillersAway) {
  EXPECT_EQ(judge("the the cat um sat", {}, "the cat sat", kNone).text, "the cat sat");
  EXPECT_EQ(judge("the the cat 4 sat", {}, "the cat sat", kNone).text, "the cat 4 sat");
}

TEST(Guard, LeavesWhatTheRecogniserIsSureOf) {
  const std::vector<TimedWord> sure = {{"clubs", 0, 1, 0.99}, {"of", 1, 2, 0.5}, {"garlic", 2, 3, 0.99}};
  EXPECT_EQ(judge("clubs of garlic", sure, "cloves of garlic", kNone).text, "clubs of garlic");
  auto unsure = sure;
  unsure[0].confidence = 0.4;
  EXPECT_EQ(judge("clubs of garlic", unsure, "cloves of garlic", kNone).text, "cloves of garlic");
}

TEST(Guard, KeepsTheTimes) {
  const std::vector<TimedWord> words = {
      {"tareth", 1, 2, 0.3}, {"and", 2, 3, 0.6}, {"sheep", 3, 4, 0.5}, {"now", 5, 6, 0.9}};
  const Judged judged = judge("tareth and sheep now", words, "tear a thin sheet now", kNone, {.most_words = 4});
  EXPECT_EQ(judged.text, "tear a thin sheet now");
  ASSERT_EQ(judged.words.size(), 5u);
  EXPECT_EQ(judged.words.front(), (TimedWord{"tear", 1, 1 + 3 * 4.0 / 14, 0.3}));
  EXPECT_EQ(judged.words[3].end_s, 4);
  EXPECT_EQ(judged.words[4], words[3]);
  EXPECT_THAT(judge("two words", words, "two words", kNone).words, IsEmpty()) << "times that fit nothing";
}

TEST(Guard, AddsAnArticle) {
  const std::vector<TimedWord> words = {{"cat", 1, 2, 0.9}, {"sat", 2, 3, 0.9}, {"on", 3, 4, 0.9}, {"mat", 4, 5, 0.9}};
  const Judged judged = judge("cat sat on mat", words, "cat sat on the mat", kNone);
  EXPECT_EQ(judged.text, "cat sat on the mat");
  EXPECT_EQ(judged.words[3], (TimedWord{"the", 4, 4, 1}));
}

TEST(Guard, DoesNotRunNumbersTogether) {
  EXPECT_EQ(judge("4嗯5好的吧", {}, "4 5好的吧", kNone).text, "4 5好的吧");
  EXPECT_EQ(judge("4嗯5好的吧 at 7", {}, "4 5好的吧 at 8", kNone).text, "4嗯5好的吧 at 7")
      << "in part, it would say 45";
}

TEST(Guard, IsNotHeldUpByAnEndlessAnswer) {
  std::string endless, word(1 << 20, 'x');
  for (int n = 0; n < 1'000'000; ++n) endless += "so ";
  EXPECT_EQ(judge("she sells shells", {}, endless, kNone).text, "she sells shells");
  EXPECT_EQ(judge("she sells shells", {}, "she sells " + word, kNone).text, "she sells shells");
}

TEST(Guard, OfSilenceSaysNothing) {
  EXPECT_EQ(judge("", {}, "Thank you for watching all of this", kNone).text, "");
  EXPECT_EQ(judge("", {}, "", kNone).text, "");
}

}  // namespace
}  // namespace sluice::llm
