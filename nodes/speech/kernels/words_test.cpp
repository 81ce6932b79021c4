#include "nodes/speech/kernels/words.h"

#include <gtest/gtest.h>

namespace sluice::speech {
namespace {

using Words = std::vector<std::string>;

TEST(Words, AreBetweenBlanks) {
  EXPECT_EQ(split_words("  ask not,\twhat \n"), (Words{"ask", "not,", "what"}));
  EXPECT_EQ(split_words(" \t"), Words{});
  EXPECT_EQ(join_words(Words{"ask", "", "not"}), "ask not");
}

TEST(Words, AreIdeographsWithTheirPunctuation) {
  EXPECT_EQ(split_words("你好，世界。"), (Words{"你", "好，", "世", "界。"}));
  EXPECT_EQ(join_words(split_words("你好，世界。")), "你好，世界。");
}

TEST(Words, OfTwoScriptsComeBackAsTheyWere) {
  for (const char* const text : {"用GPT-4吧 okay 好的", "a 你 b", "\xff\xfe你", "안녕 하세요"})
    EXPECT_EQ(join_words(split_words(text)), text);
}

}  // namespace
}  // namespace sluice::speech
