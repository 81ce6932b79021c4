// Forward error correction of radio packets, by name. The block codes are liquid-dsp's, Reed-Solomon is libfec's, the
// convolutional code is our own (kernels/viterbi.h: libfec's portable decoder makes 15 Mbit/s where ours makes 64).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "nodes/sdr/kernels/viterbi.h"

namespace sluice::sdr {

// The numbers go over the air.
enum class FecScheme : std::uint8_t {
  none = 0,
  hamming = 1,  // (12,8), soft decisions
  golay = 2,    // (24,12), hard decisions
  conv = 3,     // rate 1/2, K = 7, soft decisions
  conv_rs = 4,  // RS(255,223), shortened, then conv
};
inline constexpr std::array<std::string_view, 5> kFecNames{"none", "hamming", "golay", "conv", "conv_rs"};
std::optional<FecScheme> find_fec(std::string_view name);

// One thread at a time. Made outside the real-time path; encode() and decode() are realtime-safe.
class Fec {
 public:
  static std::unique_ptr<Fec> make(FecScheme scheme, std::size_t max_bytes);
  virtual ~Fec() = default;

  virtual std::size_t coded_bits(std::size_t bytes) const noexcept = 0;
  // `bits`: coded_bits(bytes.size()) values of 0 or 1.
  virtual void encode(std::span<const std::uint8_t> bytes, std::span<std::uint8_t> bits) noexcept = 0;
  // The likeliest bytes; whether they are right is for a check to tell.
  virtual void decode(std::span<const SoftBit> soft, std::span<std::uint8_t> bytes) noexcept = 0;
};

}  // namespace sluice::sdr
