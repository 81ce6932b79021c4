// What flows from a voice activity detector to a recogniser: the frames of utterances, and nothing of the silence
// between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::speech {

inline constexpr double kSpeechRate = 16000;       // Hz, mono: what every model here takes
inline constexpr std::size_t kFrameSamples = 512;  // 32 ms: Silero's window at 16 kHz
inline constexpr double kFrameSeconds = kFrameSamples / kSpeechRate;

// One frame. Its block's capture time and position are those of the first sample, `frames` is kFrameSamples; the last
// frame of a stream is filled up with zeros.
struct SpeechFrame {
  static constexpr std::string_view kMedia = "speech.frames";

  float samples[kFrameSamples];
  float probability;       // of speech, 0..1
  float silence_s;         // since speech was last heard in this utterance
  bool begins;             // first frame of an utterance
  bool ends;               // last frame of an utterance
  std::uint32_t cut_back;  // with ends: so many of the last frames, this one included, begin the next utterance
};

}  // namespace sluice::speech
