#include "nodes/mp3/kernels/crc.h"

#include <array>

namespace sluice::mp3 {
namespace {

using Table = std::array<std::uint16_t, 256>;

constexpr Table kForward = [] {
  Table table{};
  for (int byte = 0; byte < 256; ++byte) {
    unsigned crc = static_cast<unsigned>(byte) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = crc & 0x8000 ? crc << 1 ^ 0x8005 : crc << 1;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}();

// Slices: table k advances a byte through the 15 - k bytes that follow it in a group of sixteen.
constexpr int kSlices = 16;
constexpr std::array<Table, kSlices> kReflected = [] {
  std::array<Table, kSlices> tables{};
  for (int byte = 0; byte < 256; ++byte) {
    unsigned crc = static_cast<unsigned>(byte);
    for (int slice = kSlices - 1; slice >= 0; --slice) {
      for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0xa001 : crc >> 1;
      tables[slice][byte] = static_cast<std::uint16_t>(crc);
    }
  }
  return tables;
}();

}  // namespace

std::uint16_t frame_crc(std::uint16_t crc, std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) crc = static_cast<std::uint16_t>(crc << 8 ^ kForward[(crc >> 8 ^ byte) & 0xff]);
  return crc;
}

std::uint16_t tag_crc(std::uint16_t crc, std::span<const std::uint8_t> bytes) {
  for (; bytes.size() >= kSlices; bytes = bytes.subspan(kSlices)) {
    unsigned next = kReflected[0][(crc ^ bytes[0]) & 0xff] ^ kReflected[1][(crc >> 8 ^ bytes[1]) & 0xff];
    for (std::size_t i = 2; i < kSlices; ++i) next ^= kReflected[i][bytes[i]];
    crc = static_cast<std::uint16_t>(next);
  }
  for (const std::uint8_t byte : bytes)
    crc = static_cast<std::uint16_t>(crc >> 8 ^ kReflected[kSlices - 1][(crc ^ byte) & 0xff]);
  return crc;
}

}  // namespace sluice::mp3
