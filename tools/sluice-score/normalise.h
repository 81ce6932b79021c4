// What counts as the same text, before it is compared.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::score {

enum class Normalisation {
  none,     // words as they stand between blanks
  basic,    // lower case; punctuation is a blank, but for apostrophes within a word; every ideograph is a word
  english,  // basic, and numbers in digits as words, "mr" as "mister", "dr" as "doctor", "&" as "and", "%" as "percent"
};

// One line, in the words of a user's manual.
std::string describe(Normalisation normalisation);

// Word or words -> what they are read as, both normalised. "washwater" -> "wash water".
using Equal = std::map<std::string, std::vector<std::string>>;

// The words of `text`. `equal` is applied last, to single words.
std::vector<std::string> normalised_words(std::string_view text, Normalisation normalisation, const Equal& equal = {});

// "1984" -> one thousand nine hundred eighty four. Digits only, at most 12 of them; longer ones digit by digit.
std::vector<std::string> number_words(std::string_view digits);

}  // namespace sluice::score
