#include "nodes/dsp/kernels/g711.h"

#include <algorithm>
#include <bit>

namespace sluice::dsp {
namespace {

constexpr std::uint8_t kEvenBits = 0x55;  // G.711 clause 3.2, note: A-law inverts the even bits on the line
constexpr int kUlawBias = 33;             // Table 2a: the decision values 31, 95, 223, ... are 2^n - 33
constexpr int kUlawCeiling = 8191;        // 14-bit magnitude plus bias: beyond the virtual decision value 8159

// The magnitude of a negative sample is its ones' complement, as in G.191: -1 codes like +0.
int magnitude(std::int16_t sample) {
  return sample < 0 ? ~sample : sample;
}

}  // namespace

// Table 1a: segment e > 0 covers magnitudes 16 * 2^(e-1) to 32 * 2^(e-1) in 16 equal steps; segment 0 goes on linearly.
std::uint8_t alaw_encode(std::int16_t sample) noexcept {
  const auto x = static_cast<unsigned>(magnitude(sample) >> 4);  // 0 .. 2047
  const int segment = std::max(0, static_cast<int>(std::bit_width(x)) - 4);
  const unsigned step = (x >> std::max(0, segment - 1)) & 15u;
  const unsigned sign = sample < 0 ? 0u : 0x80u;
  return static_cast<std::uint8_t>((sign | static_cast<unsigned>(segment) << 4 | step) ^ kEvenBits);
}

std::int16_t alaw_decode(std::uint8_t code) noexcept {
  const int bits = code ^ kEvenBits;
  const int segment = bits >> 4 & 7;
  const int centre = (bits & 15) * 16 + 8;  // in 16-bit units, one step being 16
  const int x = segment == 0 ? centre : (centre + 256) << (segment - 1);
  return static_cast<std::int16_t>(bits & 0x80 ? x : -x);
}

// Table 2a: with the bias added, segment e covers 32 * 2^e to 64 * 2^e. All bits are inverted on the line.
std::uint8_t ulaw_encode(std::int16_t sample) noexcept {
  const auto x = static_cast<unsigned>(std::min((magnitude(sample) >> 2) + kUlawBias, kUlawCeiling));
  const int segment = static_cast<int>(std::bit_width(x)) - 6;
  const unsigned step = (x >> (segment + 1)) & 15u;
  const unsigned sign = sample < 0 ? 0x80u : 0u;
  return static_cast<std::uint8_t>(~(sign | static_cast<unsigned>(segment) << 4 | step));
}

std::int16_t ulaw_decode(std::uint8_t code) noexcept {
  const int bits = ~code;
  const int segment = bits >> 4 & 7;
  const int x = ((((bits & 15) << 1) + kUlawBias) << segment) - kUlawBias;  // 14-bit
  return static_cast<std::int16_t>(bits & 0x80 ? -4 * x : 4 * x);
}

}  // namespace sluice::dsp
