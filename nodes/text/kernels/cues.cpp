#include "nodes/text/kernels/cues.h"

#include <algorithm>
#include <limits>

#include "nodes/text/kernels/characters.h"
#include "nodes/text/kernels/line_wrap.h"

namespace sluice::text {
namespace {

constexpr double kLongPause = 1.5;  // s after which words are not shown together with those before
constexpr double kEarliest = 0.5;   // of what fits: a cue is not ended earlier for the sake of a sentence or clause

std::string text_of(const std::vector<TimedWord>& words, std::size_t begin, std::size_t end) {
  std::string text;
  for (std::size_t n = begin; n < end; ++n) append_word(text, words[n].text);
  return text;
}

bool ends_with_any(std::string_view word, std::initializer_list<std::string_view> endings) {
  return std::ranges::any_of(endings, [&](std::string_view ending) { return word.ends_with(ending); });
}

bool ends_sentence(std::string_view word) {
  return ends_with_any(word, {".", "?", "!", "...", "。", "？", "！", ".\"", "?\"", "!\""});
}

bool ends_clause(std::string_view word) {
  return ends_with_any(word, {",", ";", ":", "，", "；", "：", "、"});
}

}  // namespace

std::vector<TimedWord> spread_words(std::string_view text, double start_s, double end_s) {
  const std::vector<std::string> words = split_words(text);
  double all = 0;
  for (const std::string& word : words) all += columns_of(word) + 1;
  std::vector<TimedWord> timed;
  double done = 0;
  for (const std::string& word : words) {
    const double start = start_s + (end_s - start_s) * done / all;
    done += columns_of(word) + 1;
    timed.push_back({word, start, start_s + (end_s - start_s) * done / all});
  }
  return timed;
}

std::vector<Cue> CueMaker::add(const std::vector<TimedWord>& words) {
  std::vector<Cue> cues = std::move(held_);
  held_.clear();
  for (std::size_t begin = 0; begin < words.size();) {
    const std::size_t end = break_after(words, begin);
    cues.push_back(cue_of(words, begin, end));
    begin = end;
  }
  if (hold_ && !cues.empty()) {
    held_.push_back(std::move(cues.back()));
    cues.pop_back();
  }
  for (std::size_t n = 0; n < cues.size(); ++n) {
    const Cue* next = n + 1 < cues.size() ? &cues[n + 1] : held_.empty() ? nullptr : &held_.front();
    settle(cues[n], next ? next->start_s - style_.gap_s : std::numeric_limits<double>::infinity());
  }
  return cues;
}

std::vector<Cue> CueMaker::finish() {
  std::vector<Cue> cues = std::move(held_);
  held_.clear();
  for (Cue& cue : cues) settle(cue, std::numeric_limits<double>::infinity());
  return cues;
}

bool CueMaker::fits(const std::vector<TimedWord>& words, std::size_t begin, std::size_t end) const {
  if (end - begin == 1) return true;
  if (words[end - 1].end_s - words[begin].start_s > style_.longest_s) return false;
  if (words[end - 1].start_s - words[end - 2].end_s > kLongPause) return false;
  return wrap(text_of(words, begin, end), style_.columns).size() <= static_cast<std::size_t>(style_.lines);
}

// Where the cue that begins at `begin` ends: one past its last word.
std::size_t CueMaker::break_after(const std::vector<TimedWord>& words, std::size_t begin) const {
  std::size_t most = begin + 1;
  while (most < words.size() && fits(words, begin, most + 1)) ++most;
  if (most == words.size()) return most;
  const std::size_t least =
      begin + std::max<std::size_t>(1, static_cast<std::size_t>(kEarliest * double(most - begin)));
  for (std::size_t end = most; end > begin; --end)
    if (ends_sentence(words[end - 1].text)) return end;
  for (std::size_t end = most; end > least; --end)
    if (ends_clause(words[end - 1].text)) return end;
  std::size_t longest = most;
  double pause = 0;
  for (std::size_t end = most; end > least; --end)
    if (const double here = words[end].start_s - words[end - 1].end_s; here > pause) {
      pause = here;
      longest = end;
    }
  return longest;
}

Cue CueMaker::cue_of(const std::vector<TimedWord>& words, std::size_t begin, std::size_t end) const {
  return {.start_s = words[begin].start_s,
          .end_s = words[end - 1].end_s,
          .lines = wrap_balanced(text_of(words, begin, end), style_.columns)};
}

// As long as it takes to read, where there is room; never over the cue before.
void CueMaker::settle(Cue& cue, double latest_end_s) {
  if (began_) cue.start_s = std::max(cue.start_s, end_s_ + (hold_ ? 0 : style_.gap_s));
  began_ = true;
  double columns = 0;
  for (const std::string& line : cue.lines) columns += columns_of(line);
  const double to_read = std::max(style_.shortest_s, columns / style_.columns_per_second);
  const double wanted = std::max(cue.end_s, cue.start_s + to_read);
  const double longest = std::max(cue.end_s, cue.start_s + style_.longest_s);
  cue.end_s = std::min({wanted, longest, std::max(latest_end_s, cue.start_s + style_.gap_s)});
  end_s_ = cue.end_s;
}

}  // namespace sluice::text
