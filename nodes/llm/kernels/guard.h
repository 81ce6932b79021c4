// Lets a language model's corrections of recognised speech through where they are small and sound alike, and nothing
// else: models over-correct (see the word-level gate of arXiv 2405.15216), and a fluent wrong sentence is worse than a
// clumsy right one.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::llm {

struct TimedWord {
  std::string text;
  double start_s = 0, end_s = 0;
  double confidence = 1;  // 0..1

  bool operator==(const TimedWord&) const = default;
};

struct GuardRules {
  std::size_t most_words = 2;  // that a proposal may change, or
  double most_share = 0.3;     // of the words, whichever is more; beyond, it is refused whole
  double most_apart = 0.4;     // of a run of words, by sound_distance(): what was misheard sounds alike
  double sure = 0.95;          // a run whose every word the recogniser is as sure of stays
};

// What became of a change that the model proposed.
enum class Verdict : std::size_t {
  accepted,
  too_much,  // the proposal as a whole
  number,    // would change a number
  name,      // would change a name, or bring one in
  sound,     // does not sound like what was heard, or adds or takes away words that matter
  sure,      // the recogniser was sure of what it heard
  kVerdicts
};

struct Judged {
  std::string text;              // the original, or with what was accepted
  std::vector<TimedWord> words;  // of `text`; empty where the original had no times that fit
  std::array<std::size_t, static_cast<std::size_t>(Verdict::kVerdicts)> changes{};  // by verdict

  std::size_t count(Verdict verdict) const { return changes[static_cast<std::size_t>(verdict)]; }
};

// `words`: the recogniser's words of `original` with their times, or none. Every confidence 1: it does not tell.
// `hotwords`: words and phrases that are expected; a change into one may touch names, numbers and what seemed sure, but
// must still sound alike where writing tells the sound; ideographs change into hotwords only. Punctuation and case are
// free where every change of words is accepted.
Judged judge(std::string_view original, std::span<const TimedWord> words, std::string_view proposal,
             std::span<const std::string> hotwords, const GuardRules& rules = {});

}  // namespace sluice::llm
