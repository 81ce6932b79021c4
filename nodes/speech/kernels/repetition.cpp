#include "nodes/speech/kernels/repetition.h"

namespace sluice::speech {

std::size_t without_loop(std::span<const int> tokens) {
  for (std::size_t period = 1; period <= kLongestLoop; ++period) {
    std::size_t same = 0;  // tokens at the end that equal the one a period before
    while (same + period < tokens.size() &&
           tokens[tokens.size() - 1 - same] == tokens[tokens.size() - 1 - same - period])
      ++same;
    const std::size_t loop = same + period;
    if (loop >= kTurns * period && loop >= kLoopTokens) return tokens.size() - loop + period;
  }
  return tokens.size();
}

}  // namespace sluice::speech
