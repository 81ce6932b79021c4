// Word and character error rates of a set of utterances.
#pragma once

#include <string>
#include <vector>

#include "engine/core/result.h"
#include "tools/sluice-score/alignment.h"
#include "tools/sluice-score/normalise.h"
#include "tools/sluice-score/transcripts.h"

namespace sluice::score {

struct UtteranceScore {
  std::string name;
  std::vector<std::string> reference, hypothesis;  // normalised words
  std::vector<Edit> edits;                         // of words
  Counts words, characters;                        // characters of the words, without the blanks between them
  bool missing = false;                            // was not recognised at all
};

struct Score {
  std::vector<UtteranceScore> utterances;  // in the reference's order
  Counts words, characters;
  std::size_t wrong_utterances = 0;  // with an error
};

// An utterance of the reference that the hypotheses do not have counts as deleted words. Errors: an utterance that the
// reference does not have; one too long to be aligned.
Result<Score> score_transcripts(const std::vector<Utterance>& reference, const std::vector<Utterance>& hypothesis,
                                Normalisation normalisation, const Equal& equal = {});

// "REF: ask NOT what ***", "HYP: ask knot what your", "     ..S..": three lines, columns aligned.
std::string diff_text(const UtteranceScore& utterance);
// Keys: wer, cer (errors per reference unit, 0..), substitutions, deletions, insertions, correct, reference_words,
// reference_characters, utterances, wrong_utterances, normalisation, and `per_utterance`.
std::string to_json(const Score& score, Normalisation normalisation);

}  // namespace sluice::score
