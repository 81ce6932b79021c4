#include "tools/sluice-score/normalise.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <utility>

#include "nodes/text/kernels/characters.h"

namespace sluice::score {
namespace {

using text::Character;
using text::first_character;

constexpr std::array<std::string_view, 20> kSmall = {
    "zero", "one",    "two",    "three",    "four",     "five",    "six",     "seven",     "eight",    "nine",
    "ten",  "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<std::string_view, 10> kTens = {"",      "",      "twenty",  "thirty", "forty",
                                                    "fifty", "sixty", "seventy", "eighty", "ninety"};
constexpr std::array<std::pair<std::uint64_t, std::string_view>, 3> kLarge = {
    {{1'000'000'000, "billion"}, {1'000'000, "million"}, {1'000, "thousand"}}};
constexpr std::size_t kMostDigits = 12;

const Equal kEnglish = {{"mr", {"mister"}}, {"mrs", {"missus"}}, {"dr", {"doctor"}}, {"st", {"saint"}}};

// The scripts with letter case whose lower case is a fixed distance away (Unicode, UnicodeData.txt).
char32_t lower(char32_t c) {
  const bool ascii = c >= U'A' && c <= U'Z';
  const bool latin = c >= 0xC0 && c <= 0xDE && c != 0xD7;
  const bool greek = c >= 0x391 && c <= 0x3A9;
  const bool cyrillic = c >= 0x410 && c <= 0x42F;
  if (ascii || latin || greek || cyrillic) return c + 0x20;
  if (c >= 0x400 && c <= 0x40F) return c + 0x50;
  if (c >= 0x100 && c <= 0x17F && c % 2 == 0) return c + 1;
  return c;
}

bool is_digit(char32_t c) {
  return c >= U'0' && c <= U'9';
}

// Letters and digits: ASCII's, and beyond it all but the blocks of punctuation.
bool is_word_character(char32_t c) {
  if (c < 0x80) return std::isalnum(static_cast<int>(c)) != 0;
  const bool latin_sign = c <= 0xBF && c != 0xAA && c != 0xB5 && c != 0xBA;
  const bool general = c >= 0x2000 && c <= 0x2BFF;
  const bool cjk = c >= 0x3000 && c <= 0x303F;
  const bool full_width = c >= 0xFF00 && c <= 0xFF65 && !(c >= 0xFF10 && c <= 0xFF19);
  return !(latin_sign || general || cjk || full_width || c == 0xD7 || c == 0xF7 || c == 0xFFFD);
}

bool is_apostrophe(char32_t c) {
  return c == U'\'' || c == 0x2019;
}

void append_utf8(std::string& text, char32_t c) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    text += static_cast<char>(c);
  } else if (c < 0x800) {
    text += static_cast<char>(0xC0 | (c >> 6));
    tail(0);
  } else if (c < 0x10000) {
    text += static_cast<char>(0xE0 | (c >> 12));
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0 | (c >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

std::vector<char32_t> codes_of(std::string_view text) {
  std::vector<char32_t> codes;
  while (!text.empty()) {
    const Character character = first_character(text);
    codes.push_back(lower(character.code));
    text.remove_prefix(character.bytes);
  }
  return codes;
}

// Lower case, blanks for punctuation. "1,000" is 1000 and "3.5" three words, "3 point 5", in English.
std::string plain(std::string_view text, Normalisation normalisation) {
  const std::vector<char32_t> codes = codes_of(text);
  const auto at = [&](std::size_t n) { return n < codes.size() ? codes[n] : U' '; };
  const bool english = normalisation == Normalisation::english;
  std::string out;
  for (std::size_t n = 0; n < codes.size(); ++n) {
    const char32_t c = codes[n], before = n > 0 ? codes[n - 1] : U' ', after = at(n + 1);
    const bool in_number = is_digit(before) && is_digit(after);
    if (text::is_ideographic(c) && is_word_character(c)) {
      out += ' ';
      append_utf8(out, c);
      out += ' ';
    } else if (is_word_character(c)) {
      append_utf8(out, c);
    } else if (is_apostrophe(c) && is_word_character(before) && is_word_character(after)) {
      out += '\'';
    } else if (english && c == U',' && in_number) {
      continue;
    } else if (english && c == U'.' && in_number) {
      out += " point ";
    } else if (english && (c == U'&' || c == U'%')) {
      out += c == U'&' ? " and " : " percent ";
    } else {
      out += ' ';
    }
  }
  return out;
}

void append_below_thousand(std::uint64_t number, std::vector<std::string>& words) {
  if (number >= 100) {
    words.emplace_back(kSmall[number / 100]);
    words.emplace_back("hundred");
    number %= 100;
    if (number == 0) return;
  }
  if (number >= 20) {
    words.emplace_back(kTens[number / 10]);
    if (number % 10 == 0) return;
    number %= 10;
  }
  words.emplace_back(kSmall[number]);
}

bool all_digits(std::string_view word) {
  return !word.empty() && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

void append(std::vector<std::string>& to, const std::vector<std::string>& more) {
  to.insert(to.end(), more.begin(), more.end());
}

}  // namespace

std::string describe(Normalisation normalisation) {
  switch (normalisation) {
    case Normalisation::none:
      return "words as they stand between blanks";
    case Normalisation::basic:
      return "lower case, no punctuation but apostrophes within words, every ideograph a word";
    case Normalisation::english:
      return "lower case, no punctuation but apostrophes within words, every ideograph a word, numbers in words, "
             "mr = mister, mrs = missus, dr = doctor, st = saint, & = and, % = percent";
  }
  return "";
}

std::vector<std::string> number_words(std::string_view digits) {
  std::vector<std::string> words;
  if (digits.size() > kMostDigits || (digits.size() > 1 && digits.front() == '0')) {
    for (const char digit : digits) words.emplace_back(kSmall[static_cast<std::size_t>(digit - '0')]);
    return words;
  }
  std::uint64_t number = 0;
  for (const char digit : digits) number = number * 10 + static_cast<std::uint64_t>(digit - '0');
  if (number == 0) return {"zero"};
  for (const auto& [unit, name] : kLarge) {
    if (number < unit) continue;
    append_below_thousand(number / unit, words);
    words.emplace_back(name);
    number %= unit;
  }
  if (number > 0) append_below_thousand(number, words);
  return words;
}

std::vector<std::string> normalised_words(std::string_view text, Normalisation normalisation, const Equal& equal) {
  if (normalisation == Normalisation::none) {
    std::vector<std::string> words;
    for (const std::string& word : text::split_words(text)) {
      const auto found = equal.find(word);
      append(words, found == equal.end() ? std::vector{word} : found->second);
    }
    return words;
  }
  const bool english = normalisation == Normalisation::english;
  std::vector<std::string> words;
  for (const std::string& word : text::split_words(plain(text, normalisation))) {
    const auto found = equal.find(word);
    const auto known = kEnglish.find(word);
    if (found != equal.end())
      append(words, found->second);
    else if (english && known != kEnglish.end())
      append(words, known->second);
    else if (english && all_digits(word))
      append(words, number_words(word));
    else
      words.push_back(word);
  }
  return words;
}

}  // namespace sluice::score
