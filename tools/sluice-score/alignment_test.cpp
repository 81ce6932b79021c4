#include "tools/sluice-score/alignment.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>
#include <string>

namespace sluice::score {
namespace {

using enum Edit;
using testing::ElementsAre;

std::vector<Edit> aligned(const std::string& reference, const std::string& hypothesis) {
  const std::vector<std::uint32_t> r(reference.begin(), reference.end()), h(hypothesis.begin(), hypothesis.end());
  return align(r, h);
}

TEST(Alignment, TellsTheKindsOfErrorApart) {
  EXPECT_THAT(aligned("abc", "abc"), ElementsAre(correct, correct, correct));
  EXPECT_THAT(aligned("abc", "axc"), ElementsAre(correct, substitution, correct));
  EXPECT_THAT(aligned("abc", "ac"), ElementsAre(correct, deletion, correct));
  EXPECT_THAT(aligned("ac", "abc"), ElementsAre(correct, insertion, correct));
  EXPECT_THAT(aligned("", ""), ElementsAre());
  EXPECT_THAT(aligned("ab", ""), ElementsAre(deletion, deletion));
  EXPECT_THAT(aligned("", "ab"), ElementsAre(insertion, insertion));
}

TEST(Alignment, CostsASubstitutionLessThanDeletingAndInserting) {
  EXPECT_EQ(count(aligned("a", "b")), (Counts{.substitutions = 1}));
}

TEST(Alignment, RatesAreErrorsPerReferenceUnit) {
  EXPECT_DOUBLE_EQ(count(aligned("abcd", "abxde")).rate(), 0.5);
  EXPECT_DOUBLE_EQ(count(aligned("", "")).rate(), 0);
  EXPECT_DOUBLE_EQ(count(aligned("", "a")).rate(), 1);
}

// The cheapest cost by trying everything.
unsigned cheapest(const std::string& r, const std::string& h) {
  if (r.empty() || h.empty()) return 3 * static_cast<unsigned>(r.size() + h.size());
  const unsigned across = cheapest(r.substr(1), h.substr(1)) + (r[0] == h[0] ? 0 : 4);
  return std::min({across, cheapest(r.substr(1), h) + 3, cheapest(r, h.substr(1)) + 3});
}

TEST(Alignment, IsTheCheapestAndUsesEveryUnitOnce) {
  std::minstd_rand random(1);
  for (int run = 0; run < 300; ++run) {
    std::string r(random() % 6, ' '), h(random() % 6, ' ');
    for (std::string* text : {&r, &h})
      for (char& c : *text) c = static_cast<char>('a' + random() % 3);
    const Counts counts = count(aligned(r, h));
    EXPECT_EQ(counts.reference(), r.size());
    EXPECT_EQ(counts.correct + counts.substitutions + counts.insertions, h.size());
    EXPECT_EQ(4 * counts.substitutions + 3 * (counts.deletions + counts.insertions), cheapest(r, h)) << r << ' ' << h;
  }
}

}  // namespace
}  // namespace sluice::score
