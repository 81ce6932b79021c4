// From words with times to subtitles: what is shown together, on how many lines, from when to when.
// The numbers are those of the Netflix Timed Text Style Guide: General Requirements (duration, frame gap, line
// treatment) and English (42 characters per line, 20 characters per second).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sluice::text {

struct TimedWord {
  std::string text{};
  double start_s = 0, end_s = 0;
};

struct Cue {
  double start_s = 0, end_s = 0;
  std::vector<std::string> lines{};
};

struct CueStyle {
  int columns = 42;             // of a line; wide characters count as two
  int lines = 2;                // at a time
  double shortest_s = 5.0 / 6;  // that a cue is shown
  double longest_s = 7;
  double columns_per_second = 20;  // that an adult reads
  double gap_s = 2.0 / 24;         // between two cues: two frames of film
};

// Words of a text without times: each gets the part of start_s..end_s that its length is of the text's.
std::vector<TimedWord> spread_words(std::string_view text, double start_s, double end_s);

// Words, utterance after utterance -> cues in order, which never overlap. A cue ends after a sentence, else after a
// clause, else at the longest pause.
class CueMaker {
 public:
  // hold: the last cue waits for the words after it, so that it can be shown for as long as there is room. Without: it
  // comes at once, for readers that follow a growing file; then a cue that must be shown for longer delays the next.
  CueMaker(const CueStyle& style, bool hold) : style_(style), hold_(hold) {}

  // The words of an utterance that is over, in order of time.
  std::vector<Cue> add(const std::vector<TimedWord>& words);
  std::vector<Cue> finish();

 private:
  std::size_t break_after(const std::vector<TimedWord>& words, std::size_t begin) const;
  bool fits(const std::vector<TimedWord>& words, std::size_t begin, std::size_t end) const;
  Cue cue_of(const std::vector<TimedWord>& words, std::size_t begin, std::size_t end) const;
  void settle(Cue& cue, double latest_end_s);

  CueStyle style_;
  bool hold_;
  std::vector<Cue> held_;  // none or one
  double end_s_ = 0;       // of the cue given last
  bool began_ = false;
};

}  // namespace sluice::text
