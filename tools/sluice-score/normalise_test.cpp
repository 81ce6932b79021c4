#include "tools/sluice-score/normalise.h"

#include <gmock/gmock.h>

namespace sluice::score {
namespace {

using enum Normalisation;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Normalise, LeavesWordsAsTheyAreWhereAsked) {
  EXPECT_THAT(normalised_words(" Ask, NOT ", none), ElementsAre("Ask,", "NOT"));
}

TEST(Normalise, DropsCaseAndPunctuation) {
  EXPECT_THAT(normalised_words("\"Ask not,\" he said -- well-known... ÉTÉ Да!", basic),
              ElementsAre("ask", "not", "he", "said", "well", "known", "été", "да"));
  EXPECT_THAT(normalised_words("... — !", basic), IsEmpty());
}

TEST(Normalise, KeepsApostrophesWithinWords) {
  EXPECT_THAT(normalised_words("'Don't' dogs' o’clock", basic), ElementsAre("don't", "dogs", "o'clock"));
}

TEST(Normalise, TakesEveryIdeographForAWord) {
  EXPECT_THAT(normalised_words("你好，world。", basic), ElementsAre("你", "好", "world"));
}

TEST(Normalise, ReadsNumbersAndTitlesAloudInEnglish) {
  EXPECT_THAT(normalised_words("Mr. Smith & 21 men, 3.5%", english),
              ElementsAre("mister", "smith", "and", "twenty", "one", "men", "three", "point", "five", "percent"));
  EXPECT_THAT(normalised_words("1,000", english), ElementsAre("one", "thousand"));
}

TEST(Normalise, ReadsNumbers) {
  EXPECT_THAT(number_words("0"), ElementsAre("zero"));
  EXPECT_THAT(number_words("007"), ElementsAre("zero", "zero", "seven"));
  EXPECT_THAT(number_words("110"), ElementsAre("one", "hundred", "ten"));
  EXPECT_THAT(number_words("2000000"), ElementsAre("two", "million"));
  EXPECT_THAT(number_words("1984"), ElementsAre("one", "thousand", "nine", "hundred", "eighty", "four"));
  EXPECT_THAT(number_words("1234567890123"), testing::SizeIs(13));
}

TEST(Normalise, ReadsWordsAsTheUserSays) {
  const Equal equal = {{"washwater", {"wash", "water"}}};
  EXPECT_THAT(normalised_words("Washwater.", basic, equal), ElementsAre("wash", "water"));
}

}  // namespace
}  // namespace sluice::score
