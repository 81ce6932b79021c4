#include "nodes/speech/kernels/agreement.h"

#include <algorithm>

namespace sluice::speech {
namespace {

constexpr std::string_view kPunctuation = ".,;:!?\"'()-";

std::string_view bare(std::string_view word) {
  const auto from = word.find_first_not_of(kPunctuation);
  if (from == std::string_view::npos) return word;
  return word.substr(from, word.find_last_not_of(kPunctuation) - from + 1);
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  return std::ranges::equal(bare(a), bare(b), {}, lower, lower);
}

std::vector<std::string> Agreement::push(std::vector<std::string> words) {
  const std::size_t shorter = std::min(words.size(), last_.size());
  std::size_t agreed = 0;
  while (agreed + 1 < shorter && same_word(words[agreed], last_[agreed])) ++agreed;
  for (std::size_t n = 0; n < fixed_; ++n) {
    if (n < words.size())
      words[n] = last_[n];
    else
      words.push_back(last_[n]);
  }
  fixed_ = std::max(fixed_, agreed);
  last_ = words;
  return words;
}

void Agreement::reset() {
  last_.clear();
  fixed_ = 0;
}

}  // namespace sluice::speech
