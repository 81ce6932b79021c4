#include "nodes/speech/kernels/word_times.h"

#include <gtest/gtest.h>

namespace sluice::speech {
namespace {

constexpr double kFrame = 0.032;

TEST(WordTimes, LieWithinTheSpeech) {
  std::vector<float> p(10, 0.0f);
  p.insert(p.end(), 20, 0.9f);
  p.insert(p.end(), 8, 0.0f);
  const auto times = spread_words(std::vector<std::string>{"ask", "not"}, p, kFrame);
  ASSERT_EQ(times.size(), 2u);
  EXPECT_NEAR(times[0].start_s, 10 * kFrame, 1e-9);
  EXPECT_NEAR(times[0].end_s, 20 * kFrame, 1e-9) << "both have three letters";
  EXPECT_NEAR(times[1].start_s, 20 * kFrame, 1e-9);
  EXPECT_NEAR(times[1].end_s, 30 * kFrame, 1e-9);
}

TEST(WordTimes, LeaveOutAPauseBetweenWords) {
  std::vector<float> p(10, 0.9f);
  p.insert(p.end(), 20, 0.0f);
  p.insert(p.end(), 10, 0.9f);
  const auto times = spread_words(std::vector<std::string>{"ask", "not"}, p, kFrame);
  EXPECT_NEAR(times[0].end_s, 10 * kFrame, 1e-9);
  EXPECT_NEAR(times[1].start_s, 30 * kFrame, 1e-9);
}

TEST(WordTimes, NeverRunBackwards) {
  std::vector<float> p;
  for (int n = 0; n < 100; ++n) p.push_back(n % 7 < 4 ? 0.8f : 0.1f);
  const std::vector<std::string> words(23, "word");
  double last = 0;
  for (const WordTime& time : spread_words(words, p, kFrame)) {
    EXPECT_GE(time.start_s, last - 1e-9);
    EXPECT_GE(time.end_s, time.start_s);
    last = time.start_s;
  }
}

TEST(WordTimes, OfNothingAreNone) {
  EXPECT_TRUE(spread_words({}, std::vector<float>(5, 1.0f), kFrame).empty());
  const auto times = spread_words(std::vector<std::string>{"a"}, {}, kFrame);
  ASSERT_EQ(times.size(), 1u);
  EXPECT_EQ(times[0].end_s, 0);
  EXPECT_NEAR(spread_words(std::vector<std::string>{"a"}, std::vector<float>(4, 0.0f), kFrame)[0].end_s, 4 * kFrame,
              1e-9)
      << "without any speech in it, the whole piece";
}

}  // namespace
}  // namespace sluice::speech
