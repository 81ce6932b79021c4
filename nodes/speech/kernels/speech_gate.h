// Where utterances begin and end, from the probability of speech in each frame: hysteresis, a confirmed onset with what
// came shortly before it, an end after silence, and a longest utterance that is cut where it is quietest.
#pragma once

#include <cstddef>
#include <deque>

namespace sluice::speech {

// Counts are in frames.
struct GateSettings {
  float onset = 0.5f;            // a frame at or above it is speech
  float release = 0.35f;         // within an utterance, one at or above this still is
  std::size_t confirm = 3;       // frames of speech in a row that make an onset; shorter bursts are clicks
  std::size_t pre_roll = 10;     // frames before the onset that belong to the utterance
  std::size_t end_silence = 16;  // frames without speech that end an utterance
  std::size_t quick_end = 8;     // the same for one that has lasted `longest`; in between, in proportion
  std::size_t longest = 375;     // frames; then it is cut
  std::size_t search = 94;       // frames back in which the quietest one is looked for
};

// What a frame means. The frames before it that belong to the utterance are given as a count.
struct GateEvent {
  bool speech = false;  // the frame belongs to an utterance
  bool begins = false;  // an utterance begins, `before` frames ago
  std::size_t before = 0;
  bool ends = false;         // this is the last frame of the utterance
  std::size_t silence = 0;   // frames since speech was last heard
  std::size_t cut_back = 0;  // with ends: this many of the last frames belong to the next utterance, which has begun
};

// No allocation after the first utterance; one stream, one thread.
class SpeechGate {
 public:
  explicit SpeechGate(const GateSettings& settings) : settings_(settings) {}

  // probability: 0..1, NaN is none; power: mean square of the frame.
  GateEvent push(float probability, float power);
  // True within an utterance.
  bool open() const { return open_; }
  // Forgets everything: the stream has a gap.
  void reset();

 private:
  GateEvent before_onset(bool speech);
  GateEvent within(bool speech, float power);
  std::size_t wanted_silence() const;
  std::size_t quietest_back() const;

  GateSettings settings_;
  bool open_ = false;
  std::size_t run_ = 0;      // frames of speech in a row
  std::size_t waiting_ = 0;  // frames since the last utterance, at most pre_roll: none belongs to two
  std::size_t length_ = 0;   // frames of the utterance
  std::size_t silence_ = 0;
  std::deque<float> powers_;  // of the last `search` frames of the utterance
};

}  // namespace sluice::speech
