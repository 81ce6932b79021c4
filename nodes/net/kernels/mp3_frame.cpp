#include "nodes/net/kernels/mp3_frame.h"

#include <algorithm>
#include <array>

namespace sluice::net {
namespace {

// ISO/IEC 11172-3, 2.4.2.3: bitrate_index, Layer III, kbit/s; index 0 is free format, 15 forbidden.
constexpr std::array<int, 16> kBitrateMpeg1 = {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0};
// ISO/IEC 13818-3, 2.4.2.3: the same at low sampling rates.
constexpr std::array<int, 16> kBitrateLsf = {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0};
// ISO/IEC 11172-3, 2.4.2.3: sampling_frequency, Hz. LSF halves it, the 2.5 extension quarters it; 3 is reserved.
constexpr std::array<int, 4> kSampleRate = {44100, 48000, 32000, 0};

constexpr unsigned kVersion25 = 0, kVersionReserved = 1, kVersion1 = 3;
constexpr unsigned kLayerIII = 1;
constexpr unsigned kModeMono = 3;

// ISO/IEC 11172-3, 2.4.3.1: CRC-16, x^16 + x^15 + x^2 + 1, all ones at the start.
std::uint16_t crc16(std::uint16_t crc, std::uint8_t byte) {
  for (int bit = 7; bit >= 0; --bit) {
    const bool feedback = ((crc >> 15) ^ (byte >> bit)) & 1;
    crc = static_cast<std::uint16_t>((crc << 1) ^ (feedback ? 0x8005 : 0));
  }
  return crc;
}

// The CRC covers the header's last 16 bits and the side information (2.4.3.1).
void write_crc(std::span<std::uint8_t> bytes, const Mp3Frame& frame) {
  std::uint16_t crc = 0xFFFF;
  for (std::size_t i = 2; i < 4; ++i) crc = crc16(crc, bytes[i]);
  for (const auto byte : bytes.subspan(frame.side_info_offset, frame.side_info_bytes)) crc = crc16(crc, byte);
  bytes[4] = static_cast<std::uint8_t>(crc >> 8);
  bytes[5] = static_cast<std::uint8_t>(crc);
}

std::size_t side_info_bytes(bool low_sampling_rate, bool mono) {
  if (low_sampling_rate) return mono ? 9 : 17;
  return mono ? 17 : 32;
}

}  // namespace

std::optional<Mp3Frame> parse_mp3_frame(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < 4 || bytes[0] != 0xFF || (bytes[1] & 0xE0) != 0xE0) return {};
  const unsigned version = (bytes[1] >> 3) & 3, layer = (bytes[1] >> 1) & 3;
  if (version == kVersionReserved || layer != kLayerIII) return {};

  Mp3Frame frame;
  frame.low_sampling_rate = version != kVersion1;
  frame.crc = (bytes[1] & 1) == 0;
  frame.bitrate_kbps = (frame.low_sampling_rate ? kBitrateLsf : kBitrateMpeg1)[bytes[2] >> 4];
  frame.sample_rate_hz = kSampleRate[(bytes[2] >> 2) & 3] >> (version == kVersion1 ? 0 : version == kVersion25 ? 2 : 1);
  if (frame.bitrate_kbps == 0 || frame.sample_rate_hz == 0) return {};

  const bool mono = (bytes[3] >> 6) == kModeMono;
  const std::size_t padding = (bytes[2] >> 1) & 1;
  frame.channels = mono ? 1 : 2;
  frame.samples = frame.low_sampling_rate ? 576 : 1152;
  frame.frame_bytes =
      static_cast<std::size_t>(frame.samples / 8 * frame.bitrate_kbps * 1000 / frame.sample_rate_hz) + padding;
  frame.side_info_offset = frame.crc ? 6 : 4;
  frame.side_info_bytes = side_info_bytes(frame.low_sampling_rate, mono);
  const std::size_t main_data_offset = frame.side_info_offset + frame.side_info_bytes;
  if (bytes.size() != frame.frame_bytes || bytes.size() < main_data_offset) return {};
  frame.main_data_bytes = frame.frame_bytes - main_data_offset;

  const auto side = bytes.subspan(frame.side_info_offset);
  frame.main_data_begin = frame.low_sampling_rate ? side[0] : static_cast<std::size_t>(side[0] << 1 | side[1] >> 7);
  return frame;
}

void make_reservoir_carrier(std::span<std::uint8_t> bytes, std::size_t main_data_begin) {
  const auto frame = parse_mp3_frame(bytes);
  if (!frame) return;
  auto side = bytes.subspan(frame->side_info_offset, frame->side_info_bytes);
  std::ranges::fill(side, std::uint8_t{0});
  if (frame->low_sampling_rate) {
    side[0] = static_cast<std::uint8_t>(std::min<std::size_t>(main_data_begin, 255));
  } else {
    const auto begin = std::min<std::size_t>(main_data_begin, 511);
    side[0] = static_cast<std::uint8_t>(begin >> 1);
    side[1] = static_cast<std::uint8_t>((begin & 1) << 7);
  }
  if (frame->crc) write_crc(bytes, *frame);
}

}  // namespace sluice::net
