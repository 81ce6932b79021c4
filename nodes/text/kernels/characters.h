// UTF-8 text as characters with a width on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::text {

struct Character {
  char32_t code = 0;      // U+FFFD for bytes that are not UTF-8
  std::size_t bytes = 0;  // it takes in the text; 1 for a byte that belongs to none
};

// The character that begins at `text`'s first byte; `text` is not empty. The Unicode Standard, 3.9, table 3-7.
Character first_character(std::string_view text);

// Columns on a terminal: 2 for East Asian wide characters and emoji, 0 for combining marks and controls, else 1.
int columns_of(char32_t code);
int columns_of(std::string_view text);

// True for characters that are written without spaces between words (Han, Kana, Hangul is not among them).
bool is_ideographic(char32_t code);

// What may be shown anywhere: UTF-8, control characters (escape sequences of a terminal begin with one) as spaces.
std::string printable(std::string_view text);

// Words between blanks, and every ideograph by itself, with the punctuation that follows it.
std::vector<std::string> split_words(std::string_view text);

// True when `next` follows `text` without a space: at the beginning, and between ideographs.
bool joins_without_space(std::string_view text, std::string_view next);
// Adds a word as it is written: after a space where one belongs there.
void append_word(std::string& text, std::string_view word);
std::string join_words(const std::vector<std::string>& words);

}  // namespace sluice::text
