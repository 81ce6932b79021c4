// The two 16-bit CRCs of MP3 files, both x^16 + x^15 + x^2 + 1.
#pragma once

#include <cstdint>
#include <span>

namespace sluice::mp3 {

// Frame CRC: most significant bit first, initial value 0xffff. ISO/IEC 11172-3 2.4.3.1.
std::uint16_t frame_crc(std::uint16_t crc, std::span<const std::uint8_t> bytes);
inline constexpr std::uint16_t kFrameCrcStart = 0xffff;

// CRC of the Info tag and the music it describes: CRC-16/ARC, least significant bit first, initial value 0.
std::uint16_t tag_crc(std::uint16_t crc, std::span<const std::uint8_t> bytes);

}  // namespace sluice::mp3
