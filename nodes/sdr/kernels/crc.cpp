#include "nodes/sdr/kernels/crc.h"

#include <array>

namespace sluice::sdr {
namespace {

constexpr auto kTable32 = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t n = 0; n < 256; ++n) {
    std::uint32_t r = n;
    for (int k = 0; k < 8; ++k) r = (r & 1) != 0 ? (r >> 1) ^ 0xEDB88320u : r >> 1;
    table[n] = r;
  }
  return table;
}();

}  // namespace

std::uint32_t crc32(std::span<const std::uint8_t> bytes) noexcept {
  std::uint32_t r = ~0u;
  for (const std::uint8_t byte : bytes) r = (r >> 8) ^ kTable32[(r ^ byte) & 0xFFu];
  return ~r;
}

std::uint16_t crc16(std::span<const std::uint8_t> bytes) noexcept {
  std::uint32_t r = 0xFFFF;
  for (const std::uint8_t byte : bytes) {
    r ^= static_cast<std::uint32_t>(byte) << 8;
    for (int k = 0; k < 8; ++k) r = (r & 0x8000u) != 0 ? (r << 1) ^ 0x1021u : r << 1;
  }
  return static_cast<std::uint16_t>(r);
}

}  // namespace sluice::sdr
