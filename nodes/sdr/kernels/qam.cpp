#include "nodes/sdr/kernels/qam.h"

#include <algorithm>
#include <cmath>

namespace sluice::sdr {
namespace {

// Half the distance between levels, for mean power 1: levels +-d, +-3d, ...
constexpr std::array<float, 4> kHalfStep{1.0f, 0.70710678f, 0.31622777f, 0.15430335f};
// Soft bits per half step: 6 dB of head-room over a QPSK symbol, and enough steps between the levels of 64-QAM.
constexpr std::array<float, 4> kSoftPerHalfStep{42, 42, 30, 24};

SoftBit soft_bit(float likelihood) noexcept {
  const float shifted = 127.5f + likelihood;
  return static_cast<SoftBit>(std::max(0.0f, std::min(255.0f, shifted)));  // in this order NaN is a bit, too
}

// Level of one axis, in half steps, from its bits.
float level(Modulation modulation, unsigned sign, unsigned inner, unsigned middle) noexcept {
  const float magnitude = modulation == Modulation::qam16   ? (inner ? 1.0f : 3.0f)
                          : modulation == Modulation::qam64 ? (inner ? (middle ? 3.0f : 1.0f) : (middle ? 5.0f : 7.0f))
                                                            : 1.0f;
  return sign ? magnitude : -magnitude;
}

unsigned bit_at(std::span<const std::uint8_t> air, std::size_t n) noexcept {
  return n / 8 < air.size() ? air[n / 8] >> (7 - n % 8) & 1u : 0u;
}

void demodulate_axis(Modulation modulation, float a, float w, SoftBit* soft) noexcept {
  soft[0] = soft_bit(a);
  const float step = w * kSoftPerHalfStep[static_cast<std::size_t>(modulation)];
  if (modulation == Modulation::qam16) soft[1] = soft_bit(2 * step - std::abs(a));
  if (modulation == Modulation::qam64) {
    soft[1] = soft_bit(4 * step - std::abs(a));
    soft[2] = soft_bit(2 * step - std::abs(std::abs(a) - 4 * step));
  }
}

}  // namespace

std::optional<Modulation> find_modulation(std::string_view name) {
  const auto found = std::ranges::find(kModulationNames, name);
  if (found == kModulationNames.end()) return {};
  return static_cast<Modulation>(found - kModulationNames.begin());
}

Sample modulate(Modulation modulation, std::span<const std::uint8_t> air, std::size_t first) noexcept {
  const float d = kHalfStep[static_cast<std::size_t>(modulation)];
  if (modulation == Modulation::bpsk) return {bit_at(air, first) ? d : -d, 0.0f};
  const std::size_t half = bits_per_symbol(modulation) / 2;
  const auto axis = [&](std::size_t n) {
    return d * level(modulation, bit_at(air, n), half > 1 ? bit_at(air, n + 1) : 0, half > 2 ? bit_at(air, n + 2) : 0);
  };
  return {axis(first), axis(first + half)};
}

void demodulate(Modulation modulation, Sample matched, float weight, SoftBit* soft) noexcept {
  const auto m = static_cast<std::size_t>(modulation);
  const float gain = kSoftPerHalfStep[m] / kHalfStep[m];
  if (modulation == Modulation::bpsk) {
    soft[0] = soft_bit(gain * matched.real());
    return;
  }
  demodulate_axis(modulation, gain * matched.real(), weight, soft);
  demodulate_axis(modulation, gain * matched.imag(), weight, soft + bits_per_symbol(modulation) / 2);
}

Sample nearest_point(Modulation modulation, Sample equalised) noexcept {
  const float d = kHalfStep[static_cast<std::size_t>(modulation)];
  if (modulation == Modulation::bpsk) return {equalised.real() < 0 ? -d : d, 0.0f};
  const float top = static_cast<float>((1u << (bits_per_symbol(modulation) / 2)) - 1);  // outermost level, half steps
  const auto axis = [&](float a) {
    const float steps = 2 * std::floor(a / (2 * d)) + 1;  // odd levels
    return d * std::clamp(steps, -top, top);
  };
  return {axis(equalised.real()), axis(equalised.imag())};
}

}  // namespace sluice::sdr
