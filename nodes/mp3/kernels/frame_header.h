// The header of a Layer III frame, read. ISO/IEC 11172-3 2.4.1.3, 2.4.2.3; ISO/IEC 13818-3 2.4.2.3. Independent of
// what writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "nodes/mp3/kernels/stream_format.h"

namespace sluice::mp3 {

inline constexpr int kHeaderBytes = 4;
inline constexpr int kCrcBytes = 2;

enum class MpegVersion : std::uint8_t { kMpeg1, kMpeg2, kMpeg25 };
enum class ChannelMode : std::uint8_t { kStereo, kJointStereo, kDualChannel, kMono };

struct FrameHeader {
  MpegVersion version = MpegVersion::kMpeg1;
  bool crc = false;
  bool padding = false;
  bool private_bit = false;
  bool mid_side = false;   // mode_extension, joint stereo only
  bool intensity = false;  // ditto
  bool copyright = false;
  bool original = false;
  ChannelMode mode = ChannelMode::kStereo;
  std::uint8_t emphasis = 0;       // 0 none, 1 50/15 us, 3 CCITT J.17
  std::uint8_t bitrate_index = 0;  // 0: free format
  std::uint8_t rate_row = 0;       // row of the rate-indexed tables

  // Empty unless the four bytes are a header of Layer III without reserved values.
  static std::optional<FrameHeader> parse(std::span<const std::uint8_t> bytes);

  bool lsf() const { return version != MpegVersion::kMpeg1; }
  int rate_hz() const { return kRateHz[rate_row]; }
  int channels() const { return mode == ChannelMode::kMono ? 1 : 2; }
  int granules() const { return lsf() ? 1 : 2; }
  int frame_samples() const { return granules() * kLines; }
  bool free_format() const { return bitrate_index == 0; }
  int bitrate_kbps() const { return kBitrateKbps[lsf() ? 1 : 0][bitrate_index]; }  // 0: free format
  int side_info_bytes() const { return lsf() ? (channels() == 1 ? 9 : 17) : (channels() == 1 ? 17 : 32); }
  int head_bytes() const { return kHeaderBytes + (crc ? kCrcBytes : 0) + side_info_bytes(); }
  int max_main_data_begin() const { return lsf() ? 255 : 511; }
  // Of the whole frame; 0: free format. 2.4.3.1.
  int frame_bytes() const;

  // What may not change within one stream: version, rate, and mono or not.
  bool same_stream(const FrameHeader& other) const {
    return version == other.version && rate_row == other.rate_row && channels() == other.channels();
  }
};

}  // namespace sluice::mp3
