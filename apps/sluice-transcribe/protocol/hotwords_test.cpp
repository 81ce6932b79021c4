#include "apps/sluice-transcribe/protocol/hotwords.h"

#include <gmock/gmock.h>

namespace sluice::transcribe {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(Hotwords, AreReadFromEveryFormThatClientsSend) {
  EXPECT_THAT(parse_hotwords(R"({"阿里巴巴":20,"hello world":40})"),
              testing::UnorderedElementsAre(Hotword{"阿里巴巴", 1}, Hotword{"hello world", 1.5}));
  EXPECT_THAT(parse_hotwords(R"({"tear":"10","sheet":1.25})"),
              testing::UnorderedElementsAre(Hotword{"tear", 0.5}, Hotword{"sheet", 1.25}));
  EXPECT_THAT(parse_hotwords(R"(["thin sheet", 3, "tear"])"), ElementsAre(Hotword{"thin sheet"}, Hotword{"tear"}));
  EXPECT_THAT(parse_hotwords("tear sheet"), ElementsAre(Hotword{"tear"}, Hotword{"sheet"}));
  EXPECT_THAT(parse_hotwords("thin sheet, tear,"), ElementsAre(Hotword{"thin sheet"}, Hotword{"tear"}));
  EXPECT_THAT(parse_hotwords("  "), IsEmpty());
}

TEST(Hotwords, SurviveWhateverIsSent) {
  EXPECT_THAT(parse_hotwords(R"({"a":null,"b":[],"c":"x","d":-4,"":3})"), SizeIs(4));
  EXPECT_THAT(parse_hotwords("{\"a\":"), ElementsAre(Hotword{"{ a"}));
  std::string many;
  for (int n = 0; n < 5000; ++n) many += "w" + std::to_string(n) + ' ';
  EXPECT_THAT(parse_hotwords(many), SizeIs(kMaxHotwords));
  const std::string longest(kMaxHotwordBytes - 4, 'x');
  EXPECT_THAT(parse_hotwords("tear," + longest + ",sheet"), ElementsAre(Hotword{"tear"}, Hotword{longest}));
  EXPECT_THAT(parse_hotwords("[\"tear\",\"x" + longest + "\"]"), ElementsAre(Hotword{"tear"}));
}

TEST(Hotwords, AreWrittenSoThatNothingInAPhraseIsTakenForAMark) {
  EXPECT_EQ(to_text({{"thin sheet", 1}, {"tear", 0.5}}), "thin sheet, tear:0.5");
  EXPECT_EQ(to_text(parse_hotwords(R"(["a,b:2\" $HOME\\"])")), "a b 2 HOME");
}

}  // namespace
}  // namespace sluice::transcribe
