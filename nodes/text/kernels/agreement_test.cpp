#include "nodes/text/kernels/agreement.h"

#include <gmock/gmock.h>

#include <random>

namespace sluice::text {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Words = std::vector<std::string>;

TEST(Agreement, SaysAWordWhenTwoHypothesesInARowHaveIt) {
  Agreement agreement;
  EXPECT_THAT(agreement.update({"ask", "knot"}), IsEmpty());
  EXPECT_THAT(agreement.update({"ask", "not", "what"}), ElementsAre("ask"));
  EXPECT_THAT(agreement.update({"ask", "not", "what", "your"}), ElementsAre("not", "what"));
}

TEST(Agreement, DoesNotMindCaseAndPunctuation) {
  Agreement agreement;
  agreement.update({"So,", "my", "fellow."});
  EXPECT_THAT(agreement.update({"So", "My", "fellow", "Americans"}), ElementsAre("So", "My", "fellow"));
  EXPECT_TRUE(same_word("'tis", "Tis."));
  EXPECT_FALSE(same_word("its", "it's"));
  EXPECT_FALSE(same_word("...", "!"));
}

TEST(Agreement, TakesTheRecognisersWordForWhatIsStable) {
  Agreement agreement;
  EXPECT_THAT(agreement.update({"ask", "not", "what"}, 2), ElementsAre("ask", "not"));
  EXPECT_THAT(agreement.update({"ask"}, 7), IsEmpty());  // more than there is
}

TEST(Agreement, EndsWithTheWordsThatWereNotSaidYet) {
  Agreement agreement;
  agreement.update({"ask", "not"}, 1);
  EXPECT_THAT(agreement.finish({"Ask", "not", "what."}), ElementsAre("not", "what."));
  EXPECT_EQ(agreement.agreed(), 0u);
  EXPECT_THAT(agreement.update({"ask"}), IsEmpty());  // a new utterance
}

// Whatever the hypotheses are, what was said is a list that only grows.
TEST(Agreement, NeverTakesAWordBack) {
  std::minstd_rand random(1);
  for (int run = 0; run < 200; ++run) {
    Agreement agreement;
    std::size_t said = 0;
    for (int update = 0; update < 12; ++update) {
      Words words(random() % 8);
      for (std::string& word : words) word = random() % 3 == 0 ? "a" : "b";
      said += agreement.update(words, random() % 4).size();
      EXPECT_EQ(said, agreement.agreed());
    }
  }
}

}  // namespace
}  // namespace sluice::text
