#include "apps/sluice-transcribe/recogniser/recogniser.h"
#include "engine/graph/quote.h"

#include <gmock/gmock.h>

#include <fstream>

namespace sluice::transcribe {
namespace {

using testing::ElementsAre;

TEST(Recogniser, IsATypeWithParameters) {
  EXPECT_EQ(parse_recogniser("asr.two_pass")->type, "asr.two_pass");
  const auto recogniser = parse_recogniser("asr.sherpa(model=\"a (b)\", threads=1)");
  EXPECT_EQ(recogniser->type, "asr.sherpa");
  EXPECT_EQ(recogniser->params, "model=\"a (b)\", threads=1");
  EXPECT_FALSE(parse_recogniser("asr.sherpa(model=x"));
}

TEST(Recogniser, IsAChainFromAnyAudio) {
  Recogniser recogniser{.type = "asr.x"};
  EXPECT_EQ(recogniser_chain(recogniser), "mono: channels(1) -> rate: resample(16 kHz) -> asr: asr.x");
  recogniser.hotwords = {{"thin sheet"}};
  recogniser.params = "partials=0.3 s";
  EXPECT_EQ(recogniser_chain(recogniser, {{"tear", 0.5}}),
            "mono: channels(1) -> rate: resample(16 kHz) -> asr: "
            "asr.x(partials=0.3 s, hotwords=\"thin sheet, tear:0.5\")");
}

TEST(Recogniser, NeedsNoPartialsForFiles) {
  EXPECT_EQ(finals_only({}).params, "partials=0 s");
  EXPECT_EQ(finals_only({.params = "model=x"}).params, "model=x, partials=0 s");
  EXPECT_EQ(finals_only({.params = "partials=1 s"}).params, "partials=1 s");
  EXPECT_EQ(finals_only({.type = "asr.x"}).params, "");
}

TEST(Recogniser, QuotesWhatTheGraphLanguageWouldTakeForItsOwn) {
  EXPECT_EQ(quoted_value(R"(a "b" $c \d)"), R"("a \"b\" $$c \\d")");
}

TEST(Recogniser, ReadsHotwordsFromAFile) {
  const std::string path = testing::TempDir() + "/hotwords.txt";
  std::ofstream(path) << "# names\nthin sheet\n\ntear:0.8\r\nAlibaba 40\nSection 7\n";
  const auto hotwords = read_hotwords(path);
  ASSERT_TRUE(hotwords);
  EXPECT_THAT(*hotwords, ElementsAre(Hotword{"thin sheet"}, Hotword{"tear", 0.8}, Hotword{"Alibaba", 1.5},
                                     Hotword{"Section", 0.5}));
  EXPECT_EQ(read_hotwords("/nonexistent").error().where, "--hotwords");
  std::ofstream(path) << std::string(kMaxHotwordBytes + 1, 'x') << '\n';
  EXPECT_THAT(read_hotwords(path).error().message, testing::HasSubstr("is longer than 1000 phrases or 16 KiB"));
}

}  // namespace
}  // namespace sluice::transcribe
