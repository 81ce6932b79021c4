// Partial results that stand still: a word is fixed once two results in a row agree on it and on all before it
// (LocalAgreement-2: Liu et al., arXiv 2005.11185; Machacek et al., arXiv 2307.14743). Fixed words only grow in number.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::speech {

// True when the words differ at most in ASCII case and in punctuation at their ends.
bool same_word(std::string_view a, std::string_view b);

class Agreement {
 public:
  // The next result; returns its words with the fixed ones as they were fixed. The last word counts as heard in part:
  // it is fixed when another follows it in both results.
  std::vector<std::string> push(std::vector<std::string> words);
  std::size_t fixed() const { return fixed_; }
  void reset();

 private:
  std::vector<std::string> last_;  // what push() returned
  std::size_t fixed_ = 0;
};

}  // namespace sluice::speech
