// Two texts word by word: which runs of words stand for which.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::llm {

// Words [from, from_end) of the first text became [to, to_end) of the second; at most one side is empty.
struct Change {
  std::size_t from = 0, from_end = 0;
  std::size_t to = 0, to_end = 0;

  // The longer side: as many words are inserted, deleted or substituted.
  std::size_t words() const { return std::max(from_end - from, to_end - to); }
  bool operator==(const Change&) const = default;
};

// The runs that differ, in order, by the Levenshtein distance between words (least edits; of equal ones, substitutions
// first). Time and memory go with the product of the lengths.
std::vector<Change> changes(std::span<const std::string> from, std::span<const std::string> to);

// The same distance between letters, as a share of the longer text: 0 the same, 1 nothing in common.
double letter_distance(std::string_view a, std::string_view b);

}  // namespace sluice::llm
