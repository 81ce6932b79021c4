#include "nodes/text/kernels/spelling.h"

#include <gtest/gtest.h>

#include "nodes/text/kernels/characters.h"

namespace sluice::text {
namespace {

// The text with its phrases as they are spelled in `file`.
std::string spelled(const std::string& file, const std::string& text) {
  const Spelling spelling(read_phrases(file));
  std::vector<std::string> words = split_words(text), result;
  std::size_t next = 0;
  for (const auto& [first, count, instead] : spelling.find(words)) {
    result.insert(result.end(), words.begin() + static_cast<long>(next), words.begin() + static_cast<long>(first));
    result.insert(result.end(), instead.begin(), instead.end());
    next = first + count;
  }
  result.insert(result.end(), words.begin() + static_cast<long>(next), words.end());
  return join_words(result);
}

TEST(Spelling, IgnoresCaseBlanksAndPunctuation) {
  EXPECT_EQ(spelled("Dashwood\nCI/CD\nKubernetes", "Mr. dash wood, runs ci cd on kubernetes."),
            "Mr. Dashwood, runs CI/CD on Kubernetes.");
  EXPECT_EQ(spelled("thin sheet", "a \"Thinsheet\" of"), "a \"thin sheet\" of");
}

TEST(Spelling, LeavesEverythingElseAlone) {
  EXPECT_EQ(spelled("Dashwood", "The dashwoods dash. Wooden"), "The dashwoods dash. Wooden");
  EXPECT_EQ(spelled("", "ask not"), "ask not");
  EXPECT_TRUE(Spelling(read_phrases("Ask")).find(split_words("Ask not")).empty()) << "it is spelled so";
}

TEST(Spelling, PrefersTheLongestPhrase) {
  EXPECT_EQ(spelled("New York\nNew York Times", "the new york times of new york"), "the New York Times of New York");
}

TEST(Spelling, ReadsPhrasesWithWeightsAndComments) {
  EXPECT_EQ(read_phrases("# names\nDashwood:1.2\r\nthin  sheet 20\n\nB2B\n..."),
            (std::vector<std::string>{"Dashwood", "thin sheet", "B2B"}));
}

}  // namespace
}  // namespace sluice::text
