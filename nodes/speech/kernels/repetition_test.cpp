#include "nodes/speech/kernels/repetition.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice::speech {
namespace {

std::vector<int> repeated(const std::vector<int>& head, const std::vector<int>& turn, std::size_t turns) {
  std::vector<int> tokens = head;
  for (std::size_t n = 0; n < turns; ++n) tokens.insert(tokens.end(), turn.begin(), turn.end());
  return tokens;
}

TEST(Repetition, IsCutAfterItsFirstTurn) {
  EXPECT_EQ(without_loop(repeated({1, 2}, {7, 8, 9}, 4)), 5u);
  EXPECT_EQ(without_loop(repeated({1, 2}, {7}, 12)), 3u);
  EXPECT_EQ(without_loop(repeated({}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 4)), 12u);
}

TEST(Repetition, InSpeechIsLeft) {
  for (const auto& tokens : {repeated({1, 2}, {7}, 8), repeated({1}, {7, 8, 9}, 3), repeated({}, {}, 0),
                             repeated(repeated({1}, {7, 8, 9}, 4), {1, 2}, 1)})
    EXPECT_EQ(without_loop(tokens), tokens.size());
}

}  // namespace
}  // namespace sluice::speech
