// What a recogniser says of a stream of speech: text blocks of codec "transcript", one event a block, as a line of
// JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/core/result.h"

namespace sluice {

struct TranscriptWord {
  std::string text{};  // as written, with its punctuation, without spaces around it
  double start_s = 0;  // since the first sample of the stream
  double end_s = 0;
  double confidence = 1;  // 0..1; 1 where the recogniser does not tell

  bool operator==(const TranscriptWord&) const = default;
};

// Every utterance is a segment: any number of partials, then one final. A final may be empty: it was not speech.
// A correction of it may come later.
struct Transcript {
  enum class Kind : std::uint8_t {
    partial,   // replaces the partial before; its first `stable_words` words never change again
    final,     // replaces the partials of its segment
    corrected  // beside the final, where something corrects: what the utterance is then, changed or not
  };

  Kind kind = Kind::partial;
  std::uint64_t segment = 0;  // counts up by one per utterance
  double start_s = 0;         // of the utterance, since the first sample of the stream
  double end_s = 0;           // of the audio that `text` covers
  std::string text{};
  std::size_t stable_words = 0;
  std::vector<TranscriptWord> words{};  // empty where the recogniser gives no times
  std::string original{};               // corrected: what the recogniser said
  std::string language{};               // BCP 47; empty: unknown

  bool operator==(const Transcript&) const = default;
};

inline constexpr std::size_t kMaxTranscriptBytes = 64 * 1024;  // an encoded event; longer words lists are dropped

// One line of JSON, no newline. Strings that are not UTF-8 come out with U+FFFD in place of what is not. Allocates.
std::string encode(const Transcript& transcript);
// The opposite. An error names the key; unknown keys are ignored. Allocates.
Result<Transcript> decode_transcript(std::string_view json);

}  // namespace sluice
