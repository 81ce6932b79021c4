// Words as they are written: between blanks, and between ideographs.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::speech {

// Han and Kana are written without spaces: each is a word, together with the punctuation that follows it, and with
// letters that touch it. Bytes that are not UTF-8 belong to the word around them.
std::vector<std::string> split_words(std::string_view text);
// The opposite: a space between words, but none between ideographs.
std::string join_words(std::span<const std::string> words);

}  // namespace sluice::speech
