// Guard against a decoder that has fallen into a loop: the same few tokens over and over.
#pragma once

#include <cstddef>
#include <span>

namespace sluice::speech {

inline constexpr std::size_t kLongestLoop = 12;  // tokens of one turn
inline constexpr std::size_t kTurns = 4;         // "no, no, no" is speech
inline constexpr std::size_t kLoopTokens = 12;   // in all: single words are said more often, as digits are

// How many tokens to keep of a sequence that ends in a loop: up to the end of its first turn; all where there is none.
std::size_t without_loop(std::span<const int> tokens);

}  // namespace sluice::speech
