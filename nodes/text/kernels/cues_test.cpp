#include "nodes/text/kernels/cues.h"

#include <gmock/gmock.h>

#include <random>

#include "nodes/text/kernels/characters.h"

namespace sluice::text {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

std::vector<TimedWord> spoken(const std::string& text, double start_s, double per_word_s = 0.3) {
  std::vector<TimedWord> words;
  for (const std::string& word : split_words(text)) {
    words.push_back({word, start_s, start_s + per_word_s});
    start_s += per_word_s;
  }
  return words;
}

TEST(Cues, ShowAShortWordForFiveSixthsOfASecond) {
  CueMaker maker({}, true);
  maker.add(spoken("Yes.", 1, 0.2));
  const auto cues = maker.finish();
  ASSERT_THAT(cues, SizeIs(1));
  EXPECT_DOUBLE_EQ(cues[0].start_s, 1);
  EXPECT_NEAR(cues[0].end_s, 1 + 5.0 / 6, 1e-9);
}

TEST(Cues, LeaveTwoFramesBeforeTheNext) {
  CueMaker maker({}, true);
  maker.add(spoken("Yes.", 1, 0.2));
  const auto cues = maker.add(spoken("No.", 1.5, 0.2));
  ASSERT_THAT(cues, SizeIs(1));
  EXPECT_NEAR(cues[0].end_s, 1.5 - 2.0 / 24, 1e-9);
}

TEST(Cues, ComeAtOnceWhereTheyAreNotHeld) {
  CueMaker maker({}, false);
  EXPECT_THAT(maker.add(spoken("Yes.", 1, 0.2)), SizeIs(1));
  const auto next = maker.add(spoken("No.", 1.5, 0.2));
  ASSERT_THAT(next, SizeIs(1));
  EXPECT_GT(next[0].start_s, 1 + 5.0 / 6);  // the one before is being read
}

TEST(Cues, BreakAfterASentenceThenAClause) {
  CueMaker maker({.columns = 20}, true);
  auto cues = maker.add(spoken("We came. We saw, and in the end of it all we conquered nearly everything", 0));
  const auto last = maker.finish();
  cues.insert(cues.end(), last.begin(), last.end());
  EXPECT_THAT(cues[0].lines, ElementsAre("We came."));
  maker = CueMaker({.columns = 20}, true);
  cues = maker.add(spoken("In the days of old, men were bold and women were bolder", 0));
  EXPECT_THAT(cues[0].lines, ElementsAre("In the days of old,"));
}

TEST(Cues, SpreadWordsWithoutTimesByTheirLength) {
  const auto words = spread_words("a longest a", 10, 24);
  ASSERT_THAT(words, SizeIs(3));
  EXPECT_DOUBLE_EQ(words[0].start_s, 10);
  EXPECT_NEAR(words[1].start_s, 12.333, 1e-3);
  EXPECT_DOUBLE_EQ(words[2].end_s, 24);
}

// Any speech, held or not: no word is lost, nothing overlaps, every limit is kept.
TEST(Cues, KeepEveryWordAndEveryLimit) {
  std::minstd_rand random(3);
  for (const bool hold : {true, false}) {
    CueStyle style;
    CueMaker maker(style, hold);
    std::vector<Cue> cues;
    const auto keep = [&](const std::vector<Cue>& more) { cues.insert(cues.end(), more.begin(), more.end()); };
    std::size_t given = 0, shown = 0;
    double now = 0;
    for (int utterance = 0; utterance < 100; ++utterance) {
      std::vector<TimedWord> words;
      for (std::size_t n = random() % 40; n > 0; --n) {
        const double length = 0.05 + 0.01 * static_cast<double>(random() % 60);
        words.push_back({random() % 7 == 0 ? "end." : random() % 6 == 0 ? "clause," : "words", now, now + length});
        now += length + (random() % 20 == 0 ? 2.0 : 0.0);
      }
      given += words.size();
      keep(maker.add(words));
    }
    keep(maker.finish());
    double end = 0;
    for (const Cue& cue : cues) {
      EXPECT_GE(cue.start_s, end);
      EXPECT_GT(cue.end_s, cue.start_s);
      EXPECT_LE(cue.lines.size(), 2u);
      if (hold) {
        EXPECT_LE(cue.end_s - cue.start_s, style.longest_s + 1e-9);
      }
      for (const std::string& line : cue.lines) {
        EXPECT_LE(columns_of(line), style.columns);
        shown += split_words(line).size();
      }
      end = cue.end_s;
    }
    EXPECT_EQ(shown, given);
  }
}

}  // namespace
}  // namespace sluice::text
