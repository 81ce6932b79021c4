// When words were said, for recognisers that do not tell: the words share the frames with speech in proportion to their
// letters, in order. An estimate: right at the ends of the utterance, within a word or so inside.
#pragma once

#include <span>
#include <string>
#include <vector>

namespace sluice::speech {

struct WordTime {
  double start_s = 0, end_s = 0;  // since the first frame
};

// probabilities: of speech, one for each frame of `frame_s` seconds.
std::vector<WordTime> spread_words(std::span<const std::string> words, std::span<const float> probabilities,
                                   double frame_s);

// Where a recogniser tells when each word begins: it lasts until the next one, or for two seconds, which no word is
// longer than. `end_s` is that of the speech.
std::vector<WordTime> times_from_starts(std::span<const double> starts_s, double end_s);

}  // namespace sluice::speech
