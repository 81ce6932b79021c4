#include "engine/graph/report.h"

#include <gmock/gmock.h>

namespace sluice {
namespace {

const std::vector<std::string> kTypes{"audio.capture", "audio.playback", "gain", "mp3.encode", "tone"};

TEST(Nearest, FindsOneSlipOfTheFinger) {
  EXPECT_EQ(nearest("mp3.encod", kTypes), "mp3.encode");
  EXPECT_EQ(nearest("gian", kTypes), "gain");
  EXPECT_EQ(nearest("TONE", kTypes), "tone");
  EXPECT_EQ(nearest("audio_capture", kTypes), "audio.capture");
}

TEST(Nearest, FindsTheBeginningOrTheEndOfAName) {
  EXPECT_EQ(nearest("capture", kTypes), "audio.capture");
  EXPECT_EQ(nearest("mp3", kTypes), "mp3.encode");
}

TEST(Nearest, SaysNothingWhenNothingIsNear) {
  EXPECT_EQ(nearest("quantum", kTypes), "");
  EXPECT_EQ(nearest("", kTypes), "");
  EXPECT_EQ(nearest(std::string(5000, 'a'), kTypes), "");
}

TEST(Quotes, EscapeControlCharactersAndCutLongText) {
  EXPECT_EQ(in_quotes("a\033[2Jb\n"), "'a\\x1b[2Jb\\x0a'");
  EXPECT_LT(in_quotes(std::string(1000, 'x')).size(), 70u);
}

TEST(Report, SortsByPlaceWithTheMainFileFirstAndDropsRepetitions) {
  Report report;
  report.error({"b.yaml", 1, 1}, "inner");
  report.error({"z.yaml", 2, 5}, "second");
  report.error({"z.yaml", 2, 3}, "first");
  report.error({"z.yaml", 2, 5}, "second");
  std::vector<std::string> messages;
  for (const Diagnostic& d : report.take("z.yaml")) messages.push_back(d.message);
  EXPECT_THAT(messages, testing::ElementsAre("first", "second", "inner"));
}

TEST(Report, KeepsAtMostAHundredErrors) {
  Report report;
  for (int n = 0; n < 1000; ++n) report.error({"f", n, 1}, "wrong");
  EXPECT_EQ(report.take("f").size(), Report::kMostErrors);
}

TEST(Diagnostic, ReadsLikeACompilersMessage) {
  EXPECT_EQ(to_string(Diagnostic{{"g.yaml", 3, 7}, "wrong"}), "g.yaml:3:7: error: wrong");
  EXPECT_EQ(to_string(Diagnostic{{}, "odd", true}), "warning: odd");
}

TEST(Merge, LeavesOutWhatWasSaidOfTheSamePlace) {
  const auto merged = merge({{{"g", 2, 1}, "unknown type"}}, {{{"g", 2, 1}, "again"}, {{"g", 1, 1}, "new"}});
  ASSERT_EQ(merged.size(), 2u);
  EXPECT_EQ(merged[0].message, "new");
  EXPECT_EQ(merged[1].message, "unknown type");
}

}  // namespace
}  // namespace sluice
