#include "nodes/mp3/kernels/frame_header.h"

namespace sluice::mp3 {
namespace {

std::optional<MpegVersion> version_of(unsigned id) {
  switch (id) {
    case 3:
      return MpegVersion::kMpeg1;
    case 2:
      return MpegVersion::kMpeg2;
    case 0:
      return MpegVersion::kMpeg25;  // no ISO standard, but what every decoder reads
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<FrameHeader> FrameHeader::parse(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < kHeaderBytes || bytes[0] != 0xff || (bytes[1] & 0xe0) != 0xe0) return std::nullopt;
  const auto version = version_of(bytes[1] >> 3 & 3u);
  const unsigned layer = bytes[1] >> 1 & 3u;
  const unsigned bitrate = bytes[2] >> 4;
  const unsigned rate = bytes[2] >> 2 & 3u;
  const unsigned emphasis = bytes[3] & 3u;
  if (!version || layer != 1 || bitrate == 15 || rate == 3 || emphasis == 2) return std::nullopt;
  FrameHeader header;
  header.version = *version;
  header.crc = (bytes[1] & 1) == 0;
  header.bitrate_index = static_cast<std::uint8_t>(bitrate);
  header.rate_row = static_cast<std::uint8_t>(3 * static_cast<unsigned>(*version) + rate);
  header.padding = (bytes[2] & 2) != 0;
  header.private_bit = (bytes[2] & 1) != 0;
  header.mode = static_cast<ChannelMode>(bytes[3] >> 6);
  header.mid_side = header.mode == ChannelMode::kJointStereo && (bytes[3] & 0x20) != 0;
  header.intensity = header.mode == ChannelMode::kJointStereo && (bytes[3] & 0x10) != 0;
  header.copyright = (bytes[3] & 8) != 0;
  header.original = (bytes[3] & 4) != 0;
  header.emphasis = static_cast<std::uint8_t>(emphasis);
  return header;
}

int FrameHeader::frame_bytes() const {
  if (free_format()) return 0;
  return (lsf() ? 72 : 144) * bitrate_kbps() * 1000 / rate_hz() + (padding ? 1 : 0);
}

}  // namespace sluice::mp3
