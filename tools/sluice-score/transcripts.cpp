#include "tools/sluice-score/transcripts.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "nodes/text/kernels/characters.h"

namespace sluice::score {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

Result<std::string> read_file(const std::string& path) {
  std::error_code failed;
  if (std::filesystem::is_directory(path, failed)) return std::unexpected(Error{path, "is a folder"});
  std::ifstream file(path, std::ios::binary);
  if (!file.is_open()) return std::unexpected(Error{path, std::strerror(errno)});
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string_view> lines_of(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

}  // namespace

Result<std::vector<Utterance>> parse_transcripts(std::string_view text, const std::string& file) {
  if (text.find('\t') == std::string_view::npos) return std::vector{Utterance{"", std::string(text)}};
  std::vector<Utterance> utterances;
  std::set<std::string_view> names;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(text)) {
    ++number;
    if (text::split_words(line).empty()) continue;
    const std::size_t tab = line.find('\t');
    const auto wrong = [&](const std::string& what) {
      return std::unexpected(Error{fmt::format("{}:{}", file, number), what});
    };
    if (tab == std::string_view::npos || tab == 0) return wrong("the line is not of the form NAME<TAB>TEXT");
    if (!names.insert(line.substr(0, tab)).second)
      return wrong(fmt::format("'{}' is there twice", line.substr(0, tab)));
    utterances.push_back({std::string(line.substr(0, tab)), std::string(line.substr(tab + 1))});
  }
  return utterances;
}

Result<std::vector<Utterance>> read_transcripts(const std::string& path) {
  const Result<std::string> text = read_file(path);
  if (!text) return std::unexpected(text.error());
  return parse_transcripts(*text, path);
}

Result<Equal> read_equal(const std::string& path, Normalisation normalisation) {
  const Result<std::vector<Utterance>> pairs = read_transcripts(path);
  if (!pairs) return std::unexpected(pairs.error());
  Equal equal;
  for (const auto& [from, to] : *pairs) {
    const std::vector<std::string> word = normalised_words(from, normalisation);
    if (word.size() != 1) return std::unexpected(Error{path, fmt::format("'{}' is not one word", from)});
    equal[word.front()] = normalised_words(to, normalisation);
  }
  return equal;
}

}  // namespace sluice::score
