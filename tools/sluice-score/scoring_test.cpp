#include "tools/sluice-score/scoring.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace sluice::score {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::SizeIs;

Score scored(const std::string& reference, const std::string& hypothesis) {
  return *score_transcripts(*parse_transcripts(reference, "ref"), *parse_transcripts(hypothesis, "hyp"),
                            Normalisation::basic);
}

TEST(Transcripts, AreNamesAndTextsOrOneText) {
  const auto named = parse_transcripts(
      "\xEF\xBB\xBF"
      "a\tOne two\r\n\nb\t\n",
      "ref");
  ASSERT_TRUE(named);
  EXPECT_THAT(*named, ElementsAre(Field(&Utterance::text, "One two"), Field(&Utterance::text, "")));
  EXPECT_EQ(named->front().name, "a");
  EXPECT_THAT(*parse_transcripts("One\ntwo\n", "ref"), ElementsAre(Field(&Utterance::text, "One\ntwo\n")));
}

TEST(Transcripts, SayWhichLineIsWrong) {
  EXPECT_EQ(parse_transcripts("a\tx\nno tab\n", "ref").error().where, "ref:2");
  EXPECT_THAT(parse_transcripts("a\tx\na\ty\n", "ref").error().text(), HasSubstr("ref:2: 'a' is there twice"));
  EXPECT_FALSE(read_transcripts("/nonexistent/ref"));
  EXPECT_FALSE(read_transcripts("/"));
}

TEST(Score, AddsUpUtterancesWhateverTheirOrder) {
  const Score score = scored("a\task not what\nb\tyour country\n", "b\tyour old country\na\task knot what\n");
  EXPECT_EQ(score.words, (Counts{.correct = 4, .substitutions = 1, .deletions = 0, .insertions = 1}));
  EXPECT_EQ(score.characters.errors(), 4u);  // k, o, l, d
  EXPECT_EQ(score.characters.reference(), 21u);
  EXPECT_EQ(score.wrong_utterances, 2u);
}

TEST(Score, CountsWhatIsMissingAsDeleted) {
  const Score score = scored("a\task not\nb\twhat\n", "b\twhat\n");
  EXPECT_EQ(score.words, (Counts{.correct = 1, .substitutions = 0, .deletions = 2, .insertions = 0}));
  EXPECT_TRUE(score.utterances[0].missing);
}

TEST(Score, RefusesAnUtteranceThatWasNeverSaid) {
  const auto score = score_transcripts({{"a", "x"}}, {{"a", "x"}, {"b", "y"}}, Normalisation::basic);
  ASSERT_FALSE(score);
  EXPECT_EQ(score.error().where, "b");
  EXPECT_EQ(score_transcripts({{"a", "x"}}, {{"", "x"}}, Normalisation::basic).error().where, "HYP");
}

TEST(Score, RefusesWhatIsTooLongToAlign) {
  const std::string text(50'000, 'x');
  EXPECT_FALSE(score_transcripts({{"a", text}}, {{"a", text}}, Normalisation::basic));
}

TEST(Score, ShowsErrorsInPlace) {
  EXPECT_EQ(diff_text(scored("ask not what your", "ask knot what oh").utterances[0]),
            "REF: ask not  what your\n"
            "HYP: ask knot what oh\n"
            "         S         S\n");
  EXPECT_EQ(diff_text(scored("a b", "a c b").utterances[0]), "REF: a * b\nHYP: a c b\n       I\n");
  EXPECT_EQ(diff_text(scored("你好", "你").utterances[0]), "REF: 你 好\nHYP: 你 **\n        D\n");
}

TEST(Score, AsJsonHasRatesAsPartsOfOne) {
  const auto json = nlohmann::json::parse(to_json(scored("a\tone two\n", "a\tone too\n"), Normalisation::basic));
  EXPECT_EQ(json["wer"], 0.5);
  EXPECT_NEAR(json["cer"].get<double>(), 1.0 / 6, 1e-12);
  EXPECT_EQ(json["substitutions"], 1);
  EXPECT_EQ(json["deletions"], 0);
  EXPECT_EQ(json["insertions"], 0);
  EXPECT_EQ(json["reference_words"], 2);
  EXPECT_THAT(json["per_utterance"], SizeIs(1));
}

}  // namespace
}  // namespace sluice::score
