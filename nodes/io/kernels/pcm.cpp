#include "nodes/io/kernels/pcm.h"

#include <array>
#include <bit>
#include <cmath>

namespace sluice::io {
namespace {

constexpr std::array<std::string_view, 5> kNames{"u8", "s16", "s24", "s32", "f32"};  // in the order of Encoding
constexpr std::array<int, 5> kBits{8, 16, 24, 32, 32};

// The bytes of one sample as an unsigned number, most significant byte first or last.
std::uint32_t load(const std::byte* at, std::size_t count, bool big_endian) {
  std::uint32_t value = 0;
  for (std::size_t n = 0; n < count; ++n)
    value |= std::to_integer<std::uint32_t>(at[big_endian ? count - 1 - n : n]) << (8 * n);
  return value;
}

void store(std::uint32_t value, std::byte* at, std::size_t count, bool big_endian) {
  for (std::size_t n = 0; n < count; ++n) at[big_endian ? count - 1 - n : n] = static_cast<std::byte>(value >> (8 * n));
}

// Uniform in [0, 1): SplitMix64's output mix of a counter (Steele, Lea, Flood, OOPSLA 2014).
double uniform(std::uint64_t counter) {
  std::uint64_t z = counter * 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

}  // namespace

int bits_of(Encoding encoding) noexcept {
  return kBits[static_cast<std::size_t>(encoding)];
}

std::size_t PcmType::bytes() const noexcept {
  return static_cast<std::size_t>(bits_of(encoding)) / 8;
}

std::optional<PcmType> parse_pcm_type(std::string_view name) {
  PcmType type;
  if (name.ends_with("be") || name.ends_with("le")) {
    type.big_endian = name.ends_with("be");
    name.remove_suffix(2);
  }
  for (std::size_t n = 0; n < kNames.size(); ++n) {
    if (kNames[n] != name) continue;
    type.encoding = static_cast<Encoding>(n);
    return type;
  }
  return std::nullopt;
}

void decode_pcm(std::span<const std::byte> bytes, PcmType type, std::span<float> samples) noexcept {
  const std::size_t width = type.bytes();
  for (std::size_t n = 0; n < samples.size(); ++n) {
    const std::uint32_t raw = load(bytes.data() + n * width, width, type.big_endian);
    if (type.encoding == Encoding::f32) {
      samples[n] = std::bit_cast<float>(raw);
    } else if (type.encoding == Encoding::u8) {
      samples[n] = static_cast<float>(static_cast<int>(raw) - 128) * 0x1p-7f;
    } else {
      // The sign bit goes to the top: the value is then a fraction of 2^31.
      const auto top = static_cast<std::int32_t>(raw << (32 - 8 * width));
      samples[n] = static_cast<float>(top) * 0x1p-31f;
    }
  }
}

std::int32_t Quantizer::operator()(float sample) noexcept {
  if (std::isnan(sample)) {
    ++invalid_;
    return 0;
  }
  double x = static_cast<double>(sample) * scale_;
  if (dither_ == Dither::tpdf) {
    x += uniform(draws_) - uniform(draws_ + 1);
    draws_ += 2;
  }
  const double y = std::nearbyint(x);
  if (y > scale_ - 1 || y < -scale_) {
    ++clipped_;
    return static_cast<std::int32_t>(y > 0 ? scale_ - 1 : -scale_);
  }
  return static_cast<std::int32_t>(y);
}

void encode_pcm(std::span<const float> samples, PcmType type, Quantizer& quantizer,
                std::span<std::byte> bytes) noexcept {
  const std::size_t width = type.bytes();
  for (std::size_t n = 0; n < samples.size(); ++n) {
    std::uint32_t raw = std::bit_cast<std::uint32_t>(samples[n]);
    if (type.encoding != Encoding::f32) raw = static_cast<std::uint32_t>(quantizer(samples[n]));
    if (type.encoding == Encoding::u8) raw += 128;
    store(raw, bytes.data() + n * width, width, type.big_endian);
  }
}

}  // namespace sluice::io
