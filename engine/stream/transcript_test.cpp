#include "engine/stream/transcript.h"

#include <gmock/gmock.h>

namespace sluice {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Transcript, ComesBackAsItWas) {
  const Transcript partial{.kind = Transcript::Kind::partial,
                           .segment = 7,
                           .start_s = 1.25,
                           .end_s = 2.5,
                           .text = "ask not \"what\"\n",
                           .stable_words = 2,
                           .words = {{"ask", 1.25, 1.5, 0.75}, {"not", 1.5, 1.75, 1.0}},
                           .original = {},
                           .language = "en"};
  Transcript corrected = partial;
  corrected.kind = Transcript::Kind::corrected;
  corrected.stable_words = 0;
  corrected.original = "ask knot";
  for (const Transcript& transcript : {partial, corrected}) {
    const auto back = decode_transcript(encode(transcript));
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(*back, transcript);
  }
}

TEST(Transcript, IsOneLine) {
  EXPECT_THAT(encode({.text = "one\ntwo"}), Not(HasSubstr("\n")));
}

TEST(Transcript, NamesWhatIsWrong) {
  EXPECT_THAT(decode_transcript(R"({"kind":"final","segment":1})").error().message, HasSubstr("text"));
  EXPECT_THAT(decode_transcript(R"({"kind":"guess","segment":1,"text":""})").error().message, HasSubstr("kind"));
  EXPECT_FALSE(decode_transcript("hello"));
  EXPECT_FALSE(decode_transcript("[1]"));
}

TEST(Transcript, DropsItsWordsBeforeItGrowsTooLong) {
  Transcript longer{.kind = Transcript::Kind::final, .text = "short"};
  longer.words.assign(4096, {"word", 0, 1, 1});
  const std::string line = encode(longer);
  EXPECT_LE(line.size(), kMaxTranscriptBytes);
  EXPECT_EQ(decode_transcript(line)->text, "short");
}

TEST(Transcript, SurvivesTextThatIsNotUtf8) {
  EXPECT_TRUE(decode_transcript(encode({.text = "caf\xe9"})));
}

}  // namespace
}  // namespace sluice
