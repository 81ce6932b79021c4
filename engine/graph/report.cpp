#include "engine/graph/report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <tuple>

namespace sluice {
namespace {

constexpr std::size_t kLongestName = 64;  // longer ones are not compared
constexpr std::size_t kLongestQuote = 60;
constexpr std::size_t kLongestList = 12;

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

// Optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, substitution});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

bool is_part(std::string_view name, std::string_view candidate) {
  constexpr std::size_t kShortest = 3;  // letters; less says nothing
  return name.size() >= kShortest && (candidate.starts_with(name) || candidate.ends_with(name));
}

}  // namespace

std::string in_quotes(std::string_view text) {
  std::string result = "'";
  for (const char c : text.substr(0, kLongestQuote)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      result += fmt::format("\\x{:02x}", byte);
    else
      result += c;
  }
  return result + (text.size() > kLongestQuote ? "...'" : "'");
}

std::string listed(const std::vector<std::string>& names) {
  if (names.size() <= kLongestList) return fmt::format("{}", fmt::join(names, ", "));
  return fmt::format("{} and {} more", fmt::join(names.begin(), names.begin() + kLongestList, ", "),
                     names.size() - kLongestList);
}

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  if (name.empty() || name.size() > kLongestName) return {};
  const std::string wanted = lower(name);
  std::string best;
  std::size_t best_distance = kLongestName;
  for (const std::string& candidate : candidates) {
    if (candidate.size() > kLongestName) continue;
    const std::string known = lower(candidate);
    const std::size_t longer = std::max(wanted.size(), known.size()), shorter = std::min(wanted.size(), known.size());
    const std::size_t limit = std::max<std::size_t>(1, longer / 3);
    const bool part = is_part(wanted, known);
    if (longer - shorter > limit && !part) continue;
    const std::size_t far = part ? std::min<std::size_t>(limit, longer - shorter) : distance(wanted, known);
    if (far <= limit && far < best_distance) {
      best = candidate;
      best_distance = far;
    }
  }
  return best;
}

void Report::add(Diagnostic diagnostic) {
  const auto same = [&](const Diagnostic& known) { return to_string(known) == to_string(diagnostic); };
  if (!full() && std::ranges::none_of(diagnostics_, same)) diagnostics_.push_back(std::move(diagnostic));
}

void Report::error(const Mark& mark, std::string message, std::string cause) {
  add({mark, std::move(message), false, std::move(cause)});
}

void Report::warning(const Mark& mark, std::string message) {
  add({mark, std::move(message), true});
}

void Report::unknown(const Mark& mark, std::string_view what, std::string_view name, std::string_view of,
                     const std::vector<std::string>& candidates) {
  if (full()) return;
  std::string message = fmt::format("unknown {} {}{}{}", what, in_quotes(name), of.empty() ? "" : " ", of);
  const std::string near = nearest(name, candidates);
  if (!near.empty()) message += fmt::format(": did you mean '{}'?", near);
  if (!candidates.empty()) message += fmt::format("{} known: {}", near.empty() ? ";" : "", listed(candidates));
  error(mark, std::move(message));
}

std::vector<Diagnostic> Report::take(const std::string& main_file) {
  const auto key = [&](const Diagnostic& d) {
    return std::make_tuple(d.mark.file != main_file, std::string_view(d.mark.file), d.mark.line, d.mark.column);
  };
  std::ranges::stable_sort(diagnostics_, [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  return std::move(diagnostics_);
}

}  // namespace sluice
