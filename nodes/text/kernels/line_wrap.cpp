#include "nodes/text/kernels/line_wrap.h"

#include <limits>

#include "nodes/text/kernels/characters.h"

namespace sluice::text {
namespace {

// Pieces between which a line may end: words, broken where one is wider than a line.
std::vector<std::string> pieces_of(std::string_view text, int columns) {
  std::vector<std::string> pieces;
  for (const std::string& word : split_words(text)) {
    pieces.emplace_back();
    int used = 0;
    for (std::string_view rest = word; !rest.empty();) {
      const Character character = first_character(rest);
      const int width = columns_of(character.code);
      if (used + width > columns) {
        pieces.emplace_back();
        used = 0;
      }
      pieces.back() += rest.substr(0, character.bytes);
      used += width;
      rest.remove_prefix(character.bytes);
    }
  }
  return pieces;
}

}  // namespace

std::vector<std::string> wrap(std::string_view text, int columns) {
  std::vector<std::string> lines;
  for (const std::string& piece : pieces_of(text, columns)) {
    std::string longer = lines.empty() ? "" : lines.back();
    append_word(longer, piece);
    if (lines.empty() || columns_of(longer) > columns)
      lines.push_back(piece);
    else
      lines.back() = std::move(longer);
  }
  return lines;
}

std::vector<std::string> wrap_balanced(std::string_view text, int columns) {
  const std::vector<std::string> pieces = pieces_of(text, columns);
  const std::size_t least_lines = wrap(text, columns).size();
  // best[n]: cost of the first n pieces in the least number of lines that they need, and where their last line begins.
  struct Break {
    double cost = std::numeric_limits<double>::infinity();
    std::size_t lines = 0, begin = 0;
  };
  std::vector<Break> best(pieces.size() + 1);
  best[0].cost = 0;
  for (std::size_t begin = 0; begin < pieces.size(); ++begin) {
    std::string line;
    for (std::size_t end = begin + 1; end <= pieces.size(); ++end) {
      append_word(line, pieces[end - 1]);
      const int free = columns - columns_of(line);
      if (free < 0) break;
      const Break next{best[begin].cost + double{1} * free * free, best[begin].lines + 1, begin};
      if (next.lines <= least_lines && next.cost < best[end].cost) best[end] = next;
    }
  }
  std::vector<std::string> lines;
  for (std::size_t end = pieces.size(); end > 0; end = best[end].begin) {
    std::string line;
    for (std::size_t n = best[end].begin; n < end; ++n) append_word(line, pieces[n]);
    lines.insert(lines.begin(), std::move(line));
  }
  return lines;
}

}  // namespace sluice::text
