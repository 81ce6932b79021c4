#include "nodes/llm/kernels/guard.h"

#include <algorithm>
#include <set>

#include "nodes/llm/kernels/alignment.h"
#include "nodes/llm/kernels/sound.h"
#include "nodes/llm/kernels/words.h"

namespace sluice::llm {
namespace {

using Words = std::span<const Word>;

constexpr std::size_t kLongestRun = 256;  // letters that are compared by sound

constexpr std::array<std::string_view, 3> kArticles = {"a", "an", "the"};
constexpr std::array<std::string_view, 8> kFillers = {"um", "uh", "er", "erm", "hmm", "呃", "嗯", "啊"};

bool is_one_of(std::span<const std::string_view> list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

std::vector<std::string> bare_words(Words words) {
  std::vector<std::string> bare;
  for (const Word& word : words) bare.push_back(word.bare);
  return bare;
}

std::string joined(Words words) {
  std::string letters;
  for (const Word& word : words) letters += word.bare;
  return letters;
}

// Capitals open sentences, and English writes "I" with one.
bool is_name(const Word& word) {
  return word.capital && !word.opens && word.bare != "i" && !word.bare.starts_with("i'");
}

class Judge {
 public:
  Judge(std::string_view original, std::span<const TimedWord> timed, std::string_view proposal,
        std::span<const std::string> hotwords, const GuardRules& rules)
      : original_(original), proposal_(proposal), hotwords_(hotwords), rules_(rules) {
    from_ = split_words(original);
    to_ = split_words(proposal);
    if (timed.size() == from_.size()) timed_ = timed;
    tells_ = std::ranges::any_of(timed_, [](const TimedWord& word) { return word.confidence < 1; });
    for (const Word& word : from_) known_.insert(word.bare);
  }

  Judged judge() {
    if (to_.empty() != from_.empty() || to_.size() > from_.size() + allowed()) return refuse(1);
    const std::vector<Change> proposed = changes(bare_words(from_), bare_words(to_));
    if (words_of(proposed) > allowed()) return refuse(proposed.size());
    const bool all = accept(proposed);
    if (all) judged_.text = trimmed(proposal_);
    if (bare_words(split_words(judged_.text)) != result_) return refuse(proposed.size());
    return std::move(judged_);
  }

 private:
  // The original, times and all.
  Judged refuse(std::size_t proposed) {
    judged_ = {};
    judged_.text = original_;
    judged_.changes[static_cast<std::size_t>(Verdict::too_much)] = std::max<std::size_t>(proposed, 1);
    keep(0, from_.size());
    return std::move(judged_);
  }

  std::size_t allowed() const {
    return std::max(rules_.most_words, static_cast<std::size_t>(rules_.most_share * static_cast<double>(from_.size())));
  }

  static std::size_t words_of(std::span<const Change> proposed) {
    std::size_t words = 0;
    for (const Change& change : proposed) words += change.words();
    return words;
  }

  // The original with what is accepted in it; true when that is everything.
  bool accept(std::span<const Change> proposed) {
    std::size_t word = 0;               // of the original, up to which is written
    const char* at = original_.data();  // the same in bytes
    bool all = true;
    for (const Change& change : proposed) {
      const Verdict verdict = look_at(change);
      ++judged_.changes[static_cast<std::size_t>(verdict)];
      if (verdict != Verdict::accepted) {
        all = false;
        continue;
      }
      keep(word, change.from);
      word = change.from_end;
      at = write(change, at);
      retime(change);
      for (std::size_t n = change.to; n < change.to_end; ++n) result_.push_back(to_[n].bare);
    }
    keep(word, from_.size());
    judged_.text.append(at, original_.data() + original_.size());
    return all;
  }

  Verdict look_at(const Change& change) const {
    const Words from = Words(from_).subspan(change.from, change.from_end - change.from);
    const Words to = Words(to_).subspan(change.to, change.to_end - change.to);
    const bool expected = into_hotword(change);
    if (!expected && (std::ranges::any_of(from, [](const Word& word) { return is_number(word.bare); }) ||
                      std::ranges::any_of(to, [](const Word& word) { return is_number(word.bare); })))
      return Verdict::number;
    if (!expected && (std::ranges::any_of(from, is_name) || std::ranges::any_of(to, [&](const Word& word) {
                        return is_name(word) && !known_.contains(word.bare);
                      })))
      return Verdict::name;
    if (!sounds_alike(change, from, to, expected)) return Verdict::sound;
    if (!expected && is_sure(change)) return Verdict::sure;
    return Verdict::accepted;
  }

  // Every new word is part of a hotword or phrase that stands there.
  bool into_hotword(const Change& change) const {
    if (change.to == change.to_end) return false;
    return std::ranges::any_of(hotwords_, [&](const std::string& hotword) {
      const std::vector<std::string> phrase = bare_words(split_words(hotword));
      if (phrase.size() < change.to_end - change.to) return false;
      const std::size_t first = change.to_end < phrase.size() ? 0 : change.to_end - phrase.size();
      for (std::size_t at = first; at <= change.to && at + phrase.size() <= to_.size(); ++at)
        if (bare_words(Words(to_).subspan(at, phrase.size())) == phrase) return true;
      return false;
    });
  }

  bool sounds_alike(const Change& change, Words from, Words to, bool expected) const {
    if (from.empty()) return to.size() == 1 && is_one_of(kArticles, to.front().bare);
    if (to.empty()) return std::ranges::all_of(from, [&](const Word& word) { return says_nothing(change, word); });
    const std::string heard = joined(from), said = joined(to);
    if (std::max(heard.size(), said.size()) > kLongestRun) return false;
    const auto apart = sound_distance(heard, said);
    return apart ? *apart <= rules_.most_apart : expected;
  }

  // A filler, an article, or a stutter: the same word stands beside it.
  bool says_nothing(const Change& change, const Word& word) const {
    const bool again = (change.from > 0 && from_[change.from - 1].bare == word.bare) ||
                       (change.from_end < from_.size() && from_[change.from_end].bare == word.bare);
    return again || is_one_of(kFillers, word.bare) || is_one_of(kArticles, word.bare);
  }

  bool is_sure(const Change& change) const {
    if (!tells_ || change.from == change.from_end) return false;
    return std::all_of(timed_.begin() + static_cast<std::ptrdiff_t>(change.from),
                       timed_.begin() + static_cast<std::ptrdiff_t>(change.from_end),
                       [&](const TimedWord& word) { return word.confidence >= rules_.sure; });
  }

  // The original from `at` to the change, then the new words; returns where the original goes on.
  const char* write(const Change& change, const char* at) {
    const auto begin_of = [](const Word& word) { return word.written.data(); };
    const auto end_of = [](const Word& word) { return word.written.data() + word.written.size(); };
    const bool at_end = change.from == from_.size();
    const char* const begin = at_end ? original_.data() + original_.size() : begin_of(from_[change.from]);
    judged_.text.append(at, begin);
    const bool inserts = change.from == change.from_end;
    if (change.to < change.to_end) {
      if (inserts && at_end) judged_.text += ' ';
      judged_.text.append(begin_of(to_[change.to]), end_of(to_[change.to_end - 1]));
      if (inserts && !at_end) judged_.text += ' ';
    }
    if (inserts) return begin;
    const char* const end = end_of(from_[change.from_end - 1]);
    const bool deletes = change.to == change.to_end;  // with the space after it
    return deletes && change.from_end < from_.size() ? begin_of(from_[change.from_end]) : end;
  }

  void keep(std::size_t from, std::size_t end) {
    for (std::size_t n = from; n < end; ++n) result_.push_back(from_[n].bare);
    if (timed_.empty()) return;
    judged_.words.insert(judged_.words.end(), timed_.begin() + static_cast<std::ptrdiff_t>(from),
                         timed_.begin() + static_cast<std::ptrdiff_t>(end));
  }

  // New words share the time of those they stand for by their letters.
  void retime(const Change& change) {
    if (timed_.empty() || change.to == change.to_end) return;
    const bool inserts = change.from == change.from_end;
    const TimedWord& first = timed_[std::min(change.from, timed_.size() - 1)];
    const TimedWord& last = inserts ? first : timed_[change.from_end - 1];
    const double start_s = change.from == timed_.size() ? first.end_s : first.start_s;
    const double end_s = inserts ? start_s : last.end_s;
    double confidence = 1;
    for (std::size_t n = change.from; n < change.from_end; ++n) confidence = std::min(confidence, timed_[n].confidence);
    const Words to = Words(to_).subspan(change.to, change.to_end - change.to);
    const auto letters = static_cast<double>(joined(to).size());
    double before = 0;
    for (const Word& word : to) {
      const double after = before + static_cast<double>(word.bare.size());
      judged_.words.push_back({.text = std::string(word.written),
                               .start_s = start_s + (end_s - start_s) * before / letters,
                               .end_s = start_s + (end_s - start_s) * after / letters,
                               .confidence = confidence});
      before = after;
    }
  }

  static std::string trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    const auto last = text.find_last_not_of(" \t\r\n");
    return first == text.npos ? std::string() : std::string(text.substr(first, last - first + 1));
  }

  std::string_view original_, proposal_;
  std::span<const TimedWord> timed_;
  std::span<const std::string> hotwords_;
  const GuardRules& rules_;
  std::vector<Word> from_, to_;
  std::vector<std::string> result_;           // words that `judged_` holds: what its text must be made of
  std::set<std::string, std::less<>> known_;  // words of the original
  bool tells_ = false;                        // the recogniser gives confidences
  Judged judged_;
};

}  // namespace

Judged judge(std::string_view original, std::span<const TimedWord> words, std::string_view proposal,
             std::span<const std::string> hotwords, const GuardRules& rules) {
  return Judge(original, words, proposal, hotwords, rules).judge();
}

}  // namespace sluice::llm
