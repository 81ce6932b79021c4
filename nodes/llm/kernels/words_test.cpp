#include "nodes/llm/kernels/words.h"

#include <gmock/gmock.h>

namespace sluice::llm {
namespace {

using testing::ElementsAre;
using testing::Field;

std::vector<std::string> bare(std::string_view text) {
  std::vector<std::string> words;
  for (const Word& word : split_words(text)) words.push_back(word.bare);
  return words;
}

TEST(Words, AreComparedWithoutCaseAndPunctuation) {
  EXPECT_THAT(bare("  \"Tear a thin sheet,\" he said -- at O'Neill's U.S. well-known shop!"),
              ElementsAre("tear", "a", "thin", "sheet", "he", "said", "at", "o'neill's", "us", "wellknown", "shop"));
}

TEST(Words, KeepWhatIsWrittenAroundThem) {
  EXPECT_THAT(split_words("Well, \"no\"."),
              ElementsAre(Field(&Word::written, "Well,"), Field(&Word::written, "no\".")));
}

TEST(Words, AreIdeographsWhereNoSpacesAreWritten) {
  EXPECT_THAT(bare("你好，World 42。"), ElementsAre("你", "好", "world", "42"));
}

TEST(Words, KnowWhereASentenceOpens) {
  const auto words = split_words("Ask Bob. He knows");
  EXPECT_TRUE(words[0].opens);
  EXPECT_FALSE(words[1].opens);
  EXPECT_TRUE(words[1].capital);
  EXPECT_TRUE(words[2].opens);
}

TEST(Words, OfNothingAreNone) {
  EXPECT_THAT(split_words(" ... \n"), ElementsAre());
  EXPECT_THAT(split_words(""), ElementsAre());
}

TEST(Words, SurviveWhatIsNotUtf8) {
  EXPECT_EQ(split_words("caf\xe9 \xff\xc3").size(), 2u);
}

TEST(Words, TellNumbers) {
  for (const char* number : {"42", "3rd", "b2b", "twelve", "hundreds", "sixth", "twentieth", "三", "oh"})
    EXPECT_TRUE(is_number(number)) << number;
  for (const char* word : {"sheet", "tent", "on", "everyone", "teeth", "好", "th", ""})
    EXPECT_FALSE(is_number(word)) << word;
}

}  // namespace
}  // namespace sluice::llm
