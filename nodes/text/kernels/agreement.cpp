#include "nodes/text/kernels/agreement.h"

#include <algorithm>
#include <cctype>

namespace sluice::text {
namespace {

// Beyond ASCII every byte is a letter's.
bool is_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0;
}

std::string_view letters_of(std::string_view word) {
  const auto first = std::ranges::find_if(word, is_letter);
  if (first == word.end()) return word;
  auto last = word.end();
  while (!is_letter(*(last - 1))) --last;
  return {first, last};
}

}  // namespace

bool same_word(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return std::tolower(static_cast<unsigned char>(c)); };
  return std::ranges::equal(letters_of(a), letters_of(b), {}, lower, lower);
}

std::vector<std::string> Agreement::update(const std::vector<std::string>& hypothesis, std::size_t stable) {
  const std::size_t common =
      static_cast<std::size_t>(std::ranges::mismatch(hypothesis, before_, same_word).in1 - hypothesis.begin());
  before_ = hypothesis;
  return take(hypothesis, std::max(common, std::min(stable, hypothesis.size())));
}

std::vector<std::string> Agreement::finish(const std::vector<std::string>& final_words) {
  std::vector<std::string> rest = take(final_words, final_words.size());
  before_.clear();
  agreed_ = 0;
  return rest;
}

std::vector<std::string> Agreement::take(const std::vector<std::string>& hypothesis, std::size_t end) {
  if (end <= agreed_) return {};
  const auto begin = hypothesis.begin() + static_cast<std::ptrdiff_t>(agreed_);
  agreed_ = end;
  return {begin, hypothesis.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace sluice::text
