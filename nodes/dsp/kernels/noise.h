// White and pink noise as functions of seed, channel and position: the same numbers for any block size.
#pragma once

#include <array>
#include <cstdint>

namespace sluice::dsp {

// A uniform number in [-1, 1) for each counter: the output mix of SplitMix64 (G. Steele, D. Lea, C. Flood,
// "Fast splittable pseudorandom number generators", OOPSLA 2014).
inline double uniform(std::uint64_t counter) noexcept {
  std::uint64_t z = counter * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return static_cast<double>(static_cast<std::int64_t>(z)) * 0x1p-63;
}

// Both have RMS value 1. White is uniform: its peaks are sqrt(3). Pink falls by 3 dB per octave (within 1 dB up to
// rate / 8, 1.5 dB at rate / 4): Voss's algorithm, M. Gardner, Scientific American 238(4), 1978: one random row per
// octave, row k renewed every 2^k samples, and summed. Its peaks stay below sqrt(3 * 17) = 7.1.
class NoiseSource {
 public:
  NoiseSource() = default;
  NoiseSource(std::uint64_t seed, int channel)
      : stream_(seed * 0x2545f4914f6cdd1du + static_cast<std::uint64_t>(channel) * 0x9e6c63d0876a9a47u) {}

  // Thread-safe: yes. Realtime-safe: yes.
  float white(std::int64_t position) const noexcept;
  float pink(std::int64_t position) const noexcept;

 private:
  std::uint64_t stream_ = 0;
};

}  // namespace sluice::dsp
