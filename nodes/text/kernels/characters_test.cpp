#include "nodes/text/kernels/characters.h"

#include <gmock/gmock.h>

namespace sluice::text {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Characters, AreDecodedFromOneToFourBytes) {
  EXPECT_EQ(first_character("a").code, U'a');
  EXPECT_EQ(first_character("é").code, U'é');
  EXPECT_EQ(first_character("語").code, U'語');
  EXPECT_EQ(first_character("🎙").code, U'🎙');
  EXPECT_EQ(first_character("🎙").bytes, 4u);
}

// The Unicode Standard, table 3-7: overlong forms, surrogates, beyond U+10FFFF, cut off, stray continuation.
TEST(Characters, OfIllFormedBytesAreReplacementsOfOneByte) {
  for (const char* bytes :
       {"\xC0\xAF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "\x80", "\xFF"}) {
    EXPECT_EQ(first_character(bytes).code, 0xFFFDu);
    EXPECT_EQ(first_character(bytes).bytes, 1u);
  }
}

TEST(Characters, TakeTheColumnsThatATerminalGivesThem) {
  EXPECT_EQ(columns_of("caption"), 7);
  EXPECT_EQ(columns_of("語り"), 4);
  EXPECT_EQ(columns_of("e\u0301"), 1);  // combining acute
  EXPECT_EQ(columns_of("\033[1m"), 3);  // the escape itself takes none
}

TEST(Characters, ThatWouldSteerATerminalAreNotShown) {
  EXPECT_EQ(printable("a\033[2Jb\nc"), "a [2Jb c");
  EXPECT_EQ(printable("\xC2\x9B"
                      "x"),
            " x");  // CSI as one character, ECMA-48 8.3.16
  EXPECT_EQ(printable("caf\xE9"), "caf\xEF\xBF\xBD");
}

TEST(Words, StandBetweenBlanks) {
  EXPECT_THAT(split_words("  ask \t not\nwhat "), ElementsAre("ask", "not", "what"));
  EXPECT_THAT(split_words(" \n"), IsEmpty());
}

TEST(Words, AreIdeographsWithTheirPunctuation) {
  EXPECT_THAT(split_words("你好，世界。用GPT吧"), ElementsAre("你", "好，", "世", "界。", "用GPT吧"));
  EXPECT_EQ(join_words(split_words("你好，世界。用GPT吧 ok")), "你好，世界。用GPT吧 ok");
}

TEST(Words, AreJoinedAsTheirScriptIsWritten) {
  EXPECT_EQ(join_words({"ask", "not"}), "ask not");
  EXPECT_EQ(join_words({"你好", "世界"}), "你好世界");
  EXPECT_EQ(join_words({"用", "Linux", "好"}), "用 Linux 好");
}

}  // namespace
}  // namespace sluice::text
