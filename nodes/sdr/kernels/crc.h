// Cyclic redundancy checks of the radio packets.
//   crc32: ISO/IEC 13239 (Ethernet, zlib): x^32+x^26+x^23+x^22+x^16+x^12+x^11+x^10+x^8+x^7+x^5+x^4+x^2+x+1, reflected.
//   crc16: ITU-T X.25 polynomial x^16+x^12+x^5+1, most significant bit first, begins with all ones.
#pragma once

#include <cstdint>
#include <span>

namespace sluice::sdr {

// Thread-safe: yes. Realtime-safe: yes.
std::uint32_t crc32(std::span<const std::uint8_t> bytes) noexcept;
std::uint16_t crc16(std::span<const std::uint8_t> bytes) noexcept;

}  // namespace sluice::sdr
