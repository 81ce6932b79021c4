// Text as the words an editor would compare: with what is around them, and without.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::llm {

struct Word {
  std::string_view written;  // as it stands in the text, punctuation and all
  std::string bare;          // lower case (ASCII), letters, digits and inner apostrophes only; never empty
  bool capital = false;      // begins with an ASCII capital
  bool opens = false;        // first of the text, or after . ! ? : and their full-width forms
};

// Words between spaces; every CJK ideograph, kana and Hangul syllable is one of its own. What has neither letter nor
// digit belongs to the word before it. Views into `text`. Bytes that are not UTF-8 count as letters.
std::vector<Word> split_words(std::string_view text);

// True for a word that stands for a number: a digit in it, or an English number word ("twelve", "hundredth"), or a
// Chinese numeral.
bool is_number(std::string_view bare);

}  // namespace sluice::llm
