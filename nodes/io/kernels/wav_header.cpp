#include "nodes/io/kernels/wav_header.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace sluice::io {
namespace {

constexpr std::uint32_t kUnknown = 0xFFFFFFFFu;
constexpr std::uint32_t kPcm = 1, kFloat = 3, kExtensible = 0xFFFE;
// Sizes that writers to a pipe put in place of what they cannot know: sox and arecord about 2^31, others about 2^32.
constexpr std::uint32_t kPlaceholderSlack = 4096;
constexpr std::size_t kMaxFmt = 1024;        // bytes; real ones have 16 to 40
constexpr std::size_t kMaxSkip = 64u << 20;  // bytes of other chunks before the samples (pictures, tags)
constexpr std::size_t kSkipStep = 4096;

std::uint32_t number(std::span<const std::byte> bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t n = 0; n < count; ++n) value |= std::to_integer<std::uint32_t>(bytes[at + n]) << (8 * n);
  return value;
}

bool is_placeholder(std::uint32_t size) {
  const auto just_below = [size = std::uint64_t{size}](std::uint64_t end) {
    return size <= end && size + kPlaceholderSlack >= end;
  };
  return size == 0 || just_below(std::uint64_t{1} << 31) || just_below(std::uint64_t{1} << 32);
}

std::string_view id(std::span<const std::byte> bytes, std::size_t at) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, 4};
}

}  // namespace

std::array<std::byte, 44> make_wav_header(const WavFormat& format) {
  std::array<std::byte, 44> header{};
  std::size_t at = 0;
  const auto text = [&](const char* four) {
    std::memcpy(header.data() + at, four, 4);
    at += 4;
  };
  const auto put = [&](std::uint32_t value, std::size_t count) {
    for (std::size_t n = 0; n < count; ++n) header[at++] = static_cast<std::byte>(value >> (8 * n));
  };
  const auto frame = static_cast<std::uint32_t>(format.type.bytes()) * static_cast<std::uint32_t>(format.channels);
  const auto rate = static_cast<std::uint32_t>(format.rate_hz);
  text("RIFF");
  put(kUnknown, 4);
  text("WAVE");
  text("fmt ");
  put(16, 4);
  put(format.type.encoding == Encoding::f32 ? kFloat : kPcm, 2);
  put(static_cast<std::uint32_t>(format.channels), 2);
  put(rate, 4);
  put(rate * frame, 4);
  put(frame, 2);
  put(static_cast<std::uint32_t>(bits_of(format.type.encoding)), 2);
  text("data");
  put(kUnknown, 4);
  return header;
}

std::string WavHeaderParser::step(std::span<const std::byte> bytes) {
  switch (at_) {
    case At::riff:
      if (id(bytes, 0) != "RIFF" || id(bytes, 8) != "WAVE") return "is not a WAV stream";
      at_ = At::chunk;
      wanted_ = 8;
      return {};
    case At::chunk:
      return chunk_header(bytes);
    case At::fmt:
      return fmt(bytes);
    case At::skip:
      skip(skip_left_ - bytes.size());
      return {};
  }
  return {};
}

std::string WavHeaderParser::chunk_header(std::span<const std::byte> bytes) {
  const std::uint32_t size = number(bytes, 4, 4);
  if (id(bytes, 0) == "fmt ") {
    if (size < 16 || size > kMaxFmt) return "has a malformed WAV format chunk";
    at_ = At::fmt;
    wanted_ = size + size % 2;
    return {};
  }
  if (id(bytes, 0) == "data") {
    if (format_.channels == 0) return "has WAV samples before their format";
    data_bytes_ = is_placeholder(size) ? 0 : size;
    wanted_ = 0;
    return {};
  }
  if (size > kMaxSkip) return "has a malformed WAV header";
  skip(size + size % 2);
  return {};
}

std::string WavHeaderParser::fmt(std::span<const std::byte> bytes) {
  std::uint32_t tag = number(bytes, 0, 2);
  if (tag == kExtensible && bytes.size() >= 26) tag = number(bytes, 24, 2);
  const std::uint32_t channels = number(bytes, 2, 2), rate = number(bytes, 4, 4), bits = number(bytes, 14, 2);
  if (channels < 1 || channels > 64 || rate < 1 || rate > 10'000'000) return "has a malformed WAV format chunk";
  if (tag == kFloat && bits == 32)
    format_.type.encoding = Encoding::f32;
  else if (tag == kPcm && bits == 8)
    format_.type.encoding = Encoding::u8;
  else if (tag == kPcm && bits == 16)
    format_.type.encoding = Encoding::s16;
  else if (tag == kPcm && bits == 24)
    format_.type.encoding = Encoding::s24;
  else if (tag == kPcm && bits == 32)
    format_.type.encoding = Encoding::s32;
  else
    return "is WAV of a kind that is not read from a stream (8 to 32 bit PCM or 32 bit float are)";
  format_.channels = static_cast<int>(channels);
  format_.rate_hz = static_cast<int>(rate);
  at_ = At::chunk;
  wanted_ = 8;
  return {};
}

void WavHeaderParser::skip(std::size_t bytes) {
  skip_left_ = bytes;
  at_ = bytes ? At::skip : At::chunk;
  wanted_ = bytes ? std::min(bytes, kSkipStep) : 8;
}

}  // namespace sluice::io
