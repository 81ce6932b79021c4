#include "nodes/sdr/kernels/radio_header.h"

#include <algorithm>

#include "nodes/sdr/kernels/crc.h"

namespace sluice::sdr {
namespace {

constexpr std::size_t kChecked = kHeaderBytes - 2, kSequence = 3, kUnits = 7;

}  // namespace

std::array<std::uint8_t, kHeaderBytes> pack(const RadioHeader& header) noexcept {
  std::array<std::uint8_t, kHeaderBytes> bytes{};
  bytes[0] = static_cast<std::uint8_t>(header.version << 4 | (header.code & 0xF));
  bytes[1] = static_cast<std::uint8_t>(header.depth << 4);
  bytes[2] = header.stream;
  for (std::size_t n = 0; n < 4; ++n) bytes[kSequence + n] = static_cast<std::uint8_t>(header.sequence >> (24 - 8 * n));
  std::ranges::copy(header.units, bytes.begin() + kUnits);
  const std::uint16_t check = crc16(std::span(bytes).first(kChecked));
  bytes[kChecked] = static_cast<std::uint8_t>(check >> 8);
  bytes[kChecked + 1] = static_cast<std::uint8_t>(check);
  return bytes;
}

std::optional<RadioHeader> unpack(std::span<const std::uint8_t, kHeaderBytes> bytes) noexcept {
  if (crc16(bytes.first(kChecked)) != (bytes[kChecked] << 8 | bytes[kChecked + 1])) return {};
  RadioHeader header;
  header.version = bytes[0] >> 4;
  header.code = bytes[0] & 0xF;
  header.depth = bytes[1] >> 4;
  header.stream = bytes[2];
  for (std::size_t n = 0; n < 4; ++n) header.sequence = header.sequence << 8 | bytes[kSequence + n];
  std::ranges::copy(bytes.subspan(kUnits, kMaxDepth), header.units.begin());
  if (header.depth < 1 || header.depth > kMaxDepth) return {};
  return header;
}

}  // namespace sluice::sdr
