// Linear PCM as bytes <-> float samples at full scale +-1. Every scale is a power of two, so that integers survive the
// way to float and back unchanged (s32 keeps 24 bits).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sluice::io {

enum class Encoding { u8, s16, s24, s32, f32 };

struct PcmType {
  Encoding encoding = Encoding::s16;
  bool big_endian = false;

  std::size_t bytes() const noexcept;  // per sample
  bool operator==(const PcmType&) const = default;
};

// "s16le", "s16be", "s24le", ..., "f32le", "u8"; "s16" is little-endian.
std::optional<PcmType> parse_pcm_type(std::string_view name);
constexpr std::string_view kPcmTypeNames = "u8, s16le, s24le, s32le, f32le, s16be, s24be, s32be, f32be";

// bytes.size() == samples.size() * type.bytes(). Realtime-safe.
void decode_pcm(std::span<const std::byte> bytes, PcmType type, std::span<float> samples) noexcept;

// Rounds floats to integers of `bits`, clipping at full scale. Realtime-safe; one thread at a time.
class Quantizer {
 public:
  enum class Dither {
    none,
    tpdf,  // triangular, 2 LSB wide: S. Lipshitz, R. Wannamaker, J. Vanderkooy, JAES 40(5), 1992, section 5
  };
  explicit Quantizer(int bits = 16, Dither dither = Dither::none)
      : scale_(static_cast<double>(std::int64_t{1} << (bits - 1))), dither_(dither) {}

  std::int32_t operator()(float sample) noexcept;
  std::int64_t clipped() const noexcept { return clipped_; }  // samples beyond full scale so far
  std::int64_t invalid() const noexcept { return invalid_; }  // NaNs so far; they become 0

 private:
  double scale_;
  Dither dither_;
  std::uint64_t draws_ = 0;
  std::int64_t clipped_ = 0, invalid_ = 0;
};

// Writes samples in an integer or float encoding; integers through `quantizer`, which must have its bits.
void encode_pcm(std::span<const float> samples, PcmType type, Quantizer& quantizer,
                std::span<std::byte> bytes) noexcept;
int bits_of(Encoding encoding) noexcept;

}  // namespace sluice::io
