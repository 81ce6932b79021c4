#include "nodes/text/kernels/line_wrap.h"

#include <gmock/gmock.h>

#include "nodes/text/kernels/characters.h"

namespace sluice::text {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(LineWrap, TakesAsManyWordsAsFit) {
  EXPECT_THAT(wrap("ask not what your country", 10), ElementsAre("ask not", "what your", "country"));
  EXPECT_THAT(wrap("", 10), IsEmpty());
}

TEST(LineWrap, BreaksAWordThatIsWiderThanALine) {
  EXPECT_THAT(wrap("a incomprehensible", 8), ElementsAre("a", "incompre", "hensible"));
}

TEST(LineWrap, CountsWideCharactersTwice) {
  EXPECT_THAT(wrap("你好世界", 4), ElementsAre("你好", "世界"));
}

TEST(LineWrap, BalancesLinesWithoutUsingMore) {
  const std::string text = "ask not what your country can do for you ask";
  EXPECT_THAT(wrap(text, 42), ElementsAre("ask not what your country can do for you", "ask"));
  EXPECT_THAT(wrap_balanced(text, 42), ElementsAre("ask not what your country", "can do for you ask"));
}

TEST(LineWrap, KeepsEveryWordAndTheWidthAtAnyWidth) {
  const std::string text = "it was the best of times it was the worst of times 那是最好的时代 extraordinarily";
  for (int columns = 2; columns < 60; ++columns) {
    for (const auto& lines : {wrap(text, columns), wrap_balanced(text, columns)}) {
      std::string letters, expected;
      for (const std::string& line : lines) {
        EXPECT_LE(columns_of(line), columns);
        for (const std::string& word : split_words(line)) letters += word;
      }
      for (const std::string& word : split_words(text)) expected += word;
      EXPECT_EQ(letters, expected) << columns;
    }
    EXPECT_EQ(wrap(text, columns).size(), wrap_balanced(text, columns).size()) << columns;
  }
}

}  // namespace
}  // namespace sluice::text
