#include "nodes/speech/kernels/agreement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sluice::speech {
namespace {

using testing::ElementsAre;

TEST(Agreement, FixesWhatTwoResultsAgreeOn) {
  Agreement agreement;
  agreement.push({"and", "so", "my"});
  EXPECT_EQ(agreement.fixed(), 0u);
  agreement.push({"and", "so", "my", "fellow"});
  EXPECT_EQ(agreement.fixed(), 2u) << "`my` was the last word that was heard";
  agreement.push({"and", "so", "my", "fell"});
  EXPECT_EQ(agreement.fixed(), 3u);
}

TEST(Agreement, KeepsFixedWordsAsTheyWere) {
  Agreement agreement;
  agreement.push({"And", "so", "my", "fellow"});
  agreement.push({"And", "so,", "my", "fellow", "Americans"});
  ASSERT_EQ(agreement.fixed(), 3u) << "punctuation and case are no disagreement";
  EXPECT_THAT(agreement.push({"Answer", "my", "mellow", "Americans", "ask"}),
              ElementsAre("And", "so,", "my", "Americans", "ask"));
  EXPECT_THAT(agreement.push({"So"}), ElementsAre("And", "so,", "my"));
  EXPECT_EQ(agreement.fixed(), 3u);
}

TEST(Agreement, BeginsAfreshWithTheNextUtterance) {
  Agreement agreement;
  agreement.push({"a", "b", "c"});
  agreement.push({"a", "b", "c"});
  agreement.reset();
  EXPECT_THAT(agreement.push({"d"}), ElementsAre("d"));
  EXPECT_EQ(agreement.fixed(), 0u);
}

}  // namespace
}  // namespace sluice::speech
