#include "nodes/speech/kernels/room_tone.h"

#include <algorithm>

namespace sluice::speech {

std::vector<float> with_room_tone(std::span<const float> audio, std::size_t silence, std::size_t wanted,
                                  std::size_t loop) {
  std::vector<float> longer(audio.begin(), audio.end());
  const std::size_t room = std::min({silence, loop, audio.size()});
  if (silence >= wanted || 2 * room < loop || room == 0) return longer;
  longer.reserve(audio.size() + wanted - silence);
  const auto tone = audio.last(room);
  for (std::size_t n = 0; n < wanted - silence; ++n) {
    const std::size_t at = n % (2 * room);
    longer.push_back(at < room ? tone[room - 1 - at] : tone[at - room]);
  }
  return longer;
}

}  // namespace sluice::speech
