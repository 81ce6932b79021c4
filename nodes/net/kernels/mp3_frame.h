// What a streamer must know of an MP3 frame: its size, its duration, and how far back its main data reaches.
// ISO/IEC 11172-3, 2.4.1.3 (header), 2.4.1.7 (side information); ISO/IEC 13818-3, 2.4.1.7 (low sampling rates).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace sluice::net {

/// One parsed Layer III frame. All sizes in bytes.
struct Mp3Frame {
  int bitrate_kbps = 0;
  int sample_rate_hz = 0;
  int channels = 0;
  int samples = 0;                   // per channel: 1152 (MPEG-1) or 576 (low sampling rates)
  std::size_t frame_bytes = 0;       // header to last byte of the slot
  std::size_t side_info_offset = 0;  // 4, or 6 behind a CRC
  std::size_t side_info_bytes = 0;   // 32, 17 or 9
  std::size_t main_data_bytes = 0;   // what the slot adds to the bit reservoir
  std::size_t main_data_begin = 0;   // how many reservoir bytes of earlier frames this frame needs
  bool low_sampling_rate = false;    // MPEG-2 LSF and the 2.5 extension
  bool crc = false;

  /// Duration of the frame, rounded down to ns.
  std::int64_t duration_ns() const { return std::int64_t{1'000'000'000} * samples / sample_rate_hz; }
};

/// Parses `bytes` as exactly one Layer III frame. Nothing when the header is not one (free format included), or when
/// the size it states is not the size of `bytes` (an ADU of RFC 5219, a truncated frame).
/// Thread-safe: yes. Realtime-safe: yes.
std::optional<Mp3Frame> parse_mp3_frame(std::span<const std::uint8_t> bytes);

/// Turns one whole frame into a silent one whose slot still feeds the bit reservoir: every granule gets
/// part2_3_length 0, and the frame's own main data begins `main_data_begin` bytes back (0..511, or ..255 at low
/// sampling rates). Sent in front of a frame that reaches back into it, it lets a decoder that joins in mid-stream
/// decode every frame from the first on. A CRC is recomputed.
/// Does nothing when `bytes` is not one whole frame. Realtime-safe: yes.
void make_reservoir_carrier(std::span<std::uint8_t> bytes, std::size_t main_data_begin);

}  // namespace sluice::net
