// Whether one run of words could have been misheard as another.
#pragma once

#include <optional>
#include <string_view>

namespace sluice::llm {

// 0 the same, 1 nothing in common: the mean of two Levenshtein distances as shares of the longer text, that of the
// letters and that of the consonants in the six classes of Soundex (R. C. Russell, US patent 1,261,167; the US National
// Archives' table). Nothing for scripts whose writing does not tell the sound (ideographs). Words as split_words() has
// them, joined.
std::optional<double> sound_distance(std::string_view a, std::string_view b);

}  // namespace sluice::llm
