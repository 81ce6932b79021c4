#include "nodes/speech/captions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nodes/speech/payloads.h"

namespace sluice::speech {
namespace {

RecogniserResult result(std::vector<std::string> words, std::uint64_t segment = 0, std::vector<double> sure = {}) {
  RecogniserResult made{.job = {.segment = segment, .start = 16000, .captured = Time(std::chrono::seconds(7))},
                        .duration_s = 0,
                        .recognised = Recognised{.words = std::move(words), .confidences = std::move(sure)}};
  made.job.probabilities = {0.0f, 0.9f, 0.9f, 0.9f, 0.0f};
  return made;
}

TEST(Captions, TellWhenItWasSaid) {
  Captions captions("en");
  const Caption caption = captions.final(result({"ask", "not"}, 3, {0.91234, 1}));
  const Transcript& t = caption.transcript;
  EXPECT_EQ(t.kind, Transcript::Kind::final);
  EXPECT_EQ(t.segment, 3u);
  EXPECT_EQ(t.text, "ask not");
  EXPECT_EQ(t.language, "en");
  EXPECT_DOUBLE_EQ(t.start_s, 1.032);
  EXPECT_DOUBLE_EQ(t.end_s, 1.128);
  ASSERT_EQ(t.words.size(), 2u);
  EXPECT_DOUBLE_EQ(t.words[0].start_s, 1.032);
  EXPECT_DOUBLE_EQ(t.words[0].end_s, 1.08);
  EXPECT_DOUBLE_EQ(t.words[0].confidence, 0.912);
  EXPECT_EQ(caption.position, 16000 + 4 * static_cast<std::int64_t>(kFrameSamples)) << "the end of the speech";
  EXPECT_EQ(caption.captured, Time(std::chrono::seconds(7) + std::chrono::milliseconds(128)));
}

TEST(Captions, OfPartialsStandStill) {
  Captions captions("en");
  EXPECT_EQ(captions.partial(result({"and", "so"})).transcript.stable_words, 0u);
  EXPECT_EQ(captions.partial(result({"and", "so", "my"})).transcript.stable_words, 1u);
  EXPECT_EQ(captions.partial(result({"an", "so", "my", "fellow"})).transcript.text, "and so my fellow");
  EXPECT_EQ(captions.partial(result({"an"}, 1)).transcript.text, "an") << "of the next utterance";
}

TEST(Captions, AreEmptyWhereTheModelOnlyGuessed) {
  Captions captions("en");
  EXPECT_EQ(captions.final(result({"you", "you"}, 0, {0.1, 0.2})).transcript.text, "");
  EXPECT_EQ(captions.final(result({"as", "not"}, 0, {0.23, 0.8})).transcript.text, "as not");
  EXPECT_EQ(captions.final(result({"zero"})).transcript.text, "zero") << "a model that does not tell is believed";
}

TEST(Captions, KnowAWholeSentence) {
  EXPECT_TRUE(is_whole_sentence({.words = {"Who", "knows?"}}));
  EXPECT_FALSE(is_whole_sentence({.words = {"Who,"}}));
  EXPECT_FALSE(is_whole_sentence({}));
}

}  // namespace
}  // namespace sluice::speech
