// The head of a radio frame: what must be known before anything is put back in order. Sent with a code and a check of
// its own, whatever protects the packets.
//
// A packet is spread over `depth` radio frames: frame m carries piece 0 of packet m, piece 1 of packet m - 1, and so
// on. So that one frame suffices to find the pieces in it, the head tells the lengths of all these packets.
//
//   byte 0       version (4 bits), code of the packets (4 bits)
//   byte 1       depth (4 bits), 0
//   byte 2       stream
//   bytes 3-6    sequence number of packet m, big endian
//   bytes 7-14   lengths of packets m, m - 1, ... m - 7 before coding, in units of 8 bytes; 0: none
//   bytes 15-16  CRC-16 of bytes 0-14
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "nodes/sdr/kernels/viterbi.h"

namespace sluice::sdr {

inline constexpr std::uint8_t kRadioVersion = 1;
inline constexpr std::size_t kMaxDepth = 8;          // frames that a packet may be spread over
inline constexpr std::size_t kLengthUnit = 8;        // bytes
inline constexpr std::size_t kMaxPacketUnits = 255;  // 2040 bytes: the largest ADU of ISO/IEC 11172-3 has 1952
inline constexpr std::size_t kHeaderBytes = 17;
inline constexpr std::size_t kHeaderBits = conv_coded_bits(kHeaderBytes);

struct RadioHeader {
  std::uint8_t version = kRadioVersion;
  std::uint8_t code = 0;  // FecScheme
  std::uint8_t depth = 1;
  std::uint8_t stream = 0;
  std::uint32_t sequence = 0;
  std::array<std::uint8_t, kMaxDepth> units{};  // of packets sequence, sequence - 1, ...

  bool operator==(const RadioHeader&) const = default;
};

// Realtime-safe.
std::array<std::uint8_t, kHeaderBytes> pack(const RadioHeader& header) noexcept;
// None when the check fails, or depth is out of range.
std::optional<RadioHeader> unpack(std::span<const std::uint8_t, kHeaderBytes> bytes) noexcept;

}  // namespace sluice::sdr
