// Silence that goes on as it was: a recogniser that was trained on whole utterances hears the last word better when
// silence follows it, and hears a step where that silence is digital.
#pragma once

#include <span>
#include <vector>

namespace sluice::speech {

// `audio`, the last `silence` samples of which are without speech, with as much of their end (at most `loop` samples,
// backwards and forwards in turns, so that there is no step) after it as makes `wanted` samples of silence. No more
// than `audio` where there is enough, or where less than half a loop is silence.
std::vector<float> with_room_tone(std::span<const float> audio, std::size_t silence, std::size_t wanted,
                                  std::size_t loop);

}  // namespace sluice::speech
