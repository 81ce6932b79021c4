// Names as their owner spells them: finds words that are a known phrase but for case, blanks and punctuation.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::text {

// One phrase a line; ":WEIGHT" or " WEIGHT" at its end is for recognisers, and what begins with # is a comment.
std::vector<std::string> read_phrases(std::string_view lines);

// Immutable after its making: any thread.
class Spelling {
 public:
  Spelling() = default;
  explicit Spelling(std::span<const std::string> phrases);

  struct Run {
    std::size_t first, count;          // words that are spelled otherwise
    std::vector<std::string> instead;  // the phrase's words, with the punctuation around the run
  };
  // In order, without overlap; of several phrases at a place the longest.
  std::vector<Run> find(std::span<const std::string> words) const;

 private:
  std::map<std::string, std::string, std::less<>> phrases_;  // letters in lower case -> as it is spelled
  std::size_t longest_ = 0;                                  // words that a run may have
};

}  // namespace sluice::text
