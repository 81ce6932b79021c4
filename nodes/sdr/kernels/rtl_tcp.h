// The protocol of rtl_tcp (osmocom rtl-sdr, src/rtl_tcp.c): the server greets with "RTL0", the tuner's type and its
// number of gains, each 32 bits big endian, then sends cu8 samples without end; the client sends commands of five
// bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sluice::sdr {

inline constexpr std::size_t kRtlGreetingBytes = 12, kRtlCommandBytes = 5;

struct RtlGreeting {
  std::uint32_t tuner = 0;  // 5: R820T
  std::uint32_t gains = 0;
};

enum class RtlCommand : std::uint8_t { frequency = 1, rate = 2, gain_mode = 3, gain = 4, ppm = 5, agc = 8 };

constexpr void put_u32(std::uint8_t* to, std::uint32_t value) {
  for (std::size_t n = 0; n < 4; ++n) to[n] = static_cast<std::uint8_t>(value >> (24 - 8 * n));
}
constexpr std::uint32_t get_u32(const std::uint8_t* from) {
  std::uint32_t value = 0;
  for (std::size_t n = 0; n < 4; ++n) value = value << 8 | from[n];
  return value;
}

constexpr std::array<std::uint8_t, kRtlGreetingBytes> pack(const RtlGreeting& greeting) {
  std::array<std::uint8_t, kRtlGreetingBytes> bytes{'R', 'T', 'L', '0'};
  put_u32(bytes.data() + 4, greeting.tuner);
  put_u32(bytes.data() + 8, greeting.gains);
  return bytes;
}
constexpr std::optional<RtlGreeting> unpack_greeting(std::span<const std::uint8_t, kRtlGreetingBytes> bytes) {
  if (bytes[0] != 'R' || bytes[1] != 'T' || bytes[2] != 'L' || bytes[3] != '0') return {};
  return RtlGreeting{get_u32(bytes.data() + 4), get_u32(bytes.data() + 8)};
}

constexpr std::array<std::uint8_t, kRtlCommandBytes> pack(RtlCommand command, std::uint32_t value) {
  std::array<std::uint8_t, kRtlCommandBytes> bytes{static_cast<std::uint8_t>(command)};
  put_u32(bytes.data() + 1, value);
  return bytes;
}

}  // namespace sluice::sdr
