#include "nodes/llm/kernels/alignment.h"

#include <gmock/gmock.h>

namespace sluice::llm {
namespace {

using testing::ElementsAre;
using Words = std::vector<std::string>;

TEST(Alignment, FindsTheRunsThatDiffer) {
  EXPECT_THAT(
      changes(Words{"tareth", "and", "sheep", "of", "paper"}, Words{"tear", "a", "thin", "sheet", "of", "paper"}),
      ElementsAre(Change{0, 3, 0, 4}));
  EXPECT_THAT(changes(Words{"a", "b", "c", "d"}, Words{"a", "x", "c", "d", "e"}),
              ElementsAre(Change{1, 2, 1, 2}, Change{4, 4, 4, 5}));
}

TEST(Alignment, OfTheSameIsNothing) {
  EXPECT_THAT(changes(Words{"a", "b"}, Words{"a", "b"}), ElementsAre());
  EXPECT_THAT(changes(Words{}, Words{}), ElementsAre());
}

TEST(Alignment, TakesAwayAndAdds) {
  EXPECT_THAT(changes(Words{"the", "the", "cat"}, Words{"the", "cat"}), ElementsAre(Change{0, 1, 0, 0}));
  EXPECT_THAT(changes(Words{}, Words{"a", "b"}), ElementsAre(Change{0, 0, 0, 2}));
}

TEST(Alignment, MeasuresLetters) {
  EXPECT_DOUBLE_EQ(letter_distance("kitten", "sitting"), 3.0 / 7);  // the textbook's pair
  EXPECT_EQ(letter_distance("", ""), 0);
  EXPECT_EQ(letter_distance("", "abc"), 1);
}

}  // namespace
}  // namespace sluice::llm
