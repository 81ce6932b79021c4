#include "nodes/speech/kernels/vocabulary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/speech/kernels/vocabulary_for_tests.h"

namespace sluice::speech {
namespace {

using testing::ElementsAre;

constexpr int kFirst = 259;  // id of the first piece of one's own

TEST(Vocabulary, WritesTokensAsText) {
  const Vocabulary v = vocabulary_of({"\u2581he", "llo", "\u2581world"});
  EXPECT_EQ(v.text({Vocabulary::kBegin, kFirst, kFirst + 1, kFirst + 2, Vocabulary::kEnd}), "hello world");
  EXPECT_TRUE(v.begins_word(kFirst));
  EXPECT_FALSE(v.begins_word(kFirst + 1));
  EXPECT_EQ(v.piece(1'000'000), "") << "what is no token has no text";
  EXPECT_EQ(v.piece(-1), "");
}

TEST(Vocabulary, MergesThePairWithTheBestScoreFirst) {
  const Vocabulary v = vocabulary_of({"ab", "bc", "\u2581", "a", "b", "c", "\u2581a", "abc"});
  EXPECT_THAT(v.encode("abc"), ElementsAre(kFirst + 2, kFirst + 7)) << "ab before bc, then abc";
}

TEST(Vocabulary, SpellsUnknownCharactersAsBytes) {
  const Vocabulary v = vocabulary_of({"\u2581", "a"});
  EXPECT_THAT(v.encode("a\u00e9"), testing::Not(testing::IsEmpty()));
  EXPECT_EQ(v.text(v.encode("a\u00e9")), "a\u00e9") << "and back";
}

TEST(Vocabulary, TakesWhatItWroteBack) {
  const Vocabulary v = vocabulary_of({"\u2581", "t", "e", "s", "te", "st", "\u2581te"});
  for (const char* text : {"test", "tests set", "e"}) EXPECT_EQ(v.text(v.encode(text)), text);
}

TEST(Vocabulary, RefusesWhatIsNoVocabulary) {
  EXPECT_FALSE(Vocabulary::parse(""));
  EXPECT_FALSE(Vocabulary::parse("no file at all\n"));
  EXPECT_FALSE(Vocabulary::parse("YQ== 0\nYQ== 2\n")) << "an id is missing";
  const std::string lines = vocabulary_lines({"a"});
  EXPECT_TRUE(Vocabulary::parse(lines));
  EXPECT_FALSE(Vocabulary::parse(lines.substr(0, lines.size() / 2))) << "half a file";
}

}  // namespace
}  // namespace sluice::speech
