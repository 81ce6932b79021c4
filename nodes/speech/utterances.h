// What is to be decoded when: follows the frames of one stream through its utterances and asks for partials, for what
// may be the end, and for finals. No model, no thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "nodes/speech/payloads.h"
#include "nodes/speech/recogniser.h"

namespace sluice::speech {

struct UtteranceSettings {
  double partials_s = 0.4;    // of new audio between partials; 0: finals only
  double first_s = 0.25;      // of speech before the first partial
  double pause_s = 0.15;      // silence after which the end is decoded already, should it be one
  double quick_end_s = 0.25;  // silence that ends an utterance whose text is a whole sentence
};

class Utterances {
 public:
  struct Asked {
    std::optional<RecogniserJob> job;
    // The utterance has ended, and what was decoded for the pause of this number is its final.
    std::optional<std::uint64_t> ended_by_pause;
  };

  explicit Utterances(const UtteranceSettings& settings) : settings_(settings) {}

  // The next frame, at stream position `position`.
  Asked push(const SpeechFrame& frame, std::int64_t position, Time captured);
  // The stream ends or has a gap: a final of what there is.
  Asked close();
  // The text of a pause is a whole sentence: it need not be waited for `ends`.
  void whole_sentence(std::uint64_t pause);

 private:
  void begin(std::int64_t position, Time captured);
  void append(const SpeechFrame& frame);
  Asked ended(std::size_t cut_back);
  Asked early_end();
  Asked within(const SpeechFrame& frame);
  bool tail_frame(const SpeechFrame& frame);
  bool partial_due() const;
  RecogniserJob job(RecogniserJob::Kind kind, std::size_t frames);
  void forget_first(std::size_t frames);

  const UtteranceSettings settings_;
  enum class State : std::uint8_t { closed, open, tail } state_ = State::closed;  // tail: after an early end
  std::uint64_t segments_ = 0;                                                    // begun so far
  std::uint64_t pauses_ = 0;
  std::optional<std::uint64_t> pause_;  // the pause that lasts
  bool whole_sentence_ = false;         // what was said before it
  std::int64_t start_ = 0;
  Time captured_{};
  std::vector<float> audio_;
  std::vector<float> probabilities_;
  std::size_t told_ = 0;  // frames that the last partial covered
};

}  // namespace sluice::speech
