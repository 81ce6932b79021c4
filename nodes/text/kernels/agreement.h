// LocalAgreement-2: the words of a growing hypothesis that two updates in a row agree on, said once and for all.
// Liu, Spanakis, Niehues, "Low-Latency Sequence-to-Sequence Speech Recognition", 2020; Machacek, Dabre, Bojar, "Turning
// Whisper into Real-Time Transcription System", arXiv 2307.14743.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::text {

// The same word: letter case and the punctuation around it do not count, as they change while a sentence grows.
bool same_word(std::string_view a, std::string_view b);

class Agreement {
 public:
  // A new hypothesis of the same utterance. The words that become agreed by it: those after the words agreed before,
  // up to where it departs from the hypothesis before, and at least its first `stable` ones. What was agreed before is
  // never taken back.
  std::vector<std::string> update(const std::vector<std::string>& hypothesis, std::size_t stable = 0);
  // The utterance is over: all of its words after those agreed on. What comes then is the next utterance.
  std::vector<std::string> finish(const std::vector<std::string>& final_words);

  std::size_t agreed() const { return agreed_; }  // words of this utterance

 private:
  std::vector<std::string> take(const std::vector<std::string>& hypothesis, std::size_t end);

  std::vector<std::string> before_;
  std::size_t agreed_ = 0;
};

}  // namespace sluice::text
