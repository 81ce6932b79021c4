// Text in lines of a limited width.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::text {

// Greedy: every line takes as many words as fit; a word that is wider than a line is broken. `columns` at least 2.
std::vector<std::string> wrap(std::string_view text, int columns);

// As few lines, of lengths as equal as can be: the smallest sum of squares of what is left free (Knuth & Plass,
// "Breaking Paragraphs into Lines", 1981, with that cost). For subtitles, where it is at most two or three lines.
std::vector<std::string> wrap_balanced(std::string_view text, int columns);

}  // namespace sluice::text
