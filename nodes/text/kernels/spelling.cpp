#include "nodes/text/kernels/spelling.h"

#include <algorithm>
#include <cctype>

#include "nodes/text/kernels/characters.h"

namespace sluice::text {
namespace {

// Beyond ASCII every byte is a letter's.
bool is_letter(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0;
}

std::string letters_of(std::string_view text) {
  std::string letters;
  for (const char c : text)
    if (is_letter(c)) letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return letters;
}

std::string without_weight(std::string_view line) {
  const std::size_t at = line.find_last_of(" \t:");
  const bool weight = at != std::string_view::npos && at + 1 < line.size() &&
                      line.find_first_not_of("0123456789.", at + 1) == std::string_view::npos;
  return join_words(split_words(weight ? line.substr(0, at) : line));
}

}  // namespace

std::vector<std::string> read_phrases(std::string_view lines) {
  std::vector<std::string> phrases;
  while (!lines.empty()) {
    const std::string line = printable(lines.substr(0, lines.find('\n')));
    lines.remove_prefix(std::min(lines.size(), lines.find('\n') == lines.npos ? lines.size() : lines.find('\n') + 1));
    if (line.starts_with('#')) continue;
    const auto words = split_words(line);
    if (std::string phrase = without_weight(join_words(words)); !letters_of(phrase).empty())
      phrases.push_back(std::move(phrase));
  }
  return phrases;
}

Spelling::Spelling(std::span<const std::string> phrases) {
  constexpr std::size_t kSplitUp = 2;  // further words that a recogniser may make of a phrase
  for (const std::string& phrase : phrases) {
    phrases_.emplace(letters_of(phrase), phrase);
    longest_ = std::max(longest_, split_words(phrase).size() + kSplitUp);
  }
}

std::vector<Spelling::Run> Spelling::find(std::span<const std::string> words) const {
  std::vector<Run> runs;
  for (std::size_t first = 0; first < words.size(); ++first) {
    for (std::size_t count = std::min(longest_, words.size() - first); count > 0; --count) {
      std::string joined;
      for (const std::string& word : words.subspan(first, count)) joined += letters_of(word);
      const auto found = phrases_.find(joined);
      if (found == phrases_.end()) continue;
      const std::string& head = words[first];
      const std::string& tail = words[first + count - 1];
      const auto opening = std::ranges::find_if(head, is_letter) - head.begin();
      const auto closing = std::ranges::find_if(tail.rbegin(), tail.rend(), is_letter) - tail.rbegin();
      const std::string spelled = head.substr(0, static_cast<std::size_t>(opening)) + found->second +
                                  tail.substr(tail.size() - static_cast<std::size_t>(closing));
      Run run{first, count, split_words(spelled)};
      if (!std::ranges::equal(run.instead, words.subspan(first, count))) runs.push_back(std::move(run));
      first += count - 1;
      break;
    }
  }
  return runs;
}

}  // namespace sluice::text
