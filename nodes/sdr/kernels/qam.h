// Square QAM with Gray labels, one axis at a time, and its soft decisions.
// Each axis has the first half of a symbol's bits (real part), then the second half (imaginary part). On an axis bit 0
// is the sign, bit 1 is set on the inner levels, bit 2 (64-QAM) on the levels next to 4d. Mean power 1.
//   max-log likelihoods: L0 = a, L1 = 2d - |a| (16-QAM), L1 = 4d - |a|, L2 = 2d - ||a| - 4d| (64-QAM)
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/kernels/viterbi.h"

namespace sluice::sdr {

// The numbers go over the air.
enum class Modulation : std::uint8_t { bpsk = 0, qpsk = 1, qam16 = 2, qam64 = 3 };
inline constexpr std::array<std::string_view, 4> kModulationNames{"bpsk", "qpsk", "qam16", "qam64"};

std::optional<Modulation> find_modulation(std::string_view name);
constexpr std::size_t bits_per_symbol(Modulation modulation) {
  return modulation == Modulation::bpsk ? 1 : 2 * static_cast<std::size_t>(modulation);
}

// The next bits_per_symbol() bits of `air` (most significant first) from bit `first` on; zeros behind its end.
// Realtime-safe.
Sample modulate(Modulation modulation, std::span<const std::uint8_t> air, std::size_t first) noexcept;

// `matched`: the received symbol times the channel's conjugate; `weight`: the channel's power; both in units of the
// mean power, so that a weak carrier weighs little. Writes bits_per_symbol() soft bits. Realtime-safe.
void demodulate(Modulation modulation, Sample matched, float weight, SoftBit* soft) noexcept;

// The point of the constellation next to an equalised symbol. Realtime-safe.
Sample nearest_point(Modulation modulation, Sample equalised) noexcept;

}  // namespace sluice::sdr
