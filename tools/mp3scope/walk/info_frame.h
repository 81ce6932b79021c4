// The tag frame at the head of a stream: Xing or Info with LAME's extension, or Fraunhofer's VBRI. No standard: as
// LAME, mpg123 and FFmpeg have it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "tools/mp3scope/walk/scanner.h"

namespace sluice::mp3scope {

// LAME's extension, "MP3 Info Tag rev 1".
struct LameTag {
  std::string encoder;  // 9 characters
  int revision = 0;
  int vbr_method = 0;  // 1 CBR, 2 ABR, 3..5 VBR
  int lowpass_hz = 0;
  std::optional<double> peak;           // full scale 1
  std::optional<double> track_gain_db;  // ReplayGain
  std::optional<double> album_gain_db;
  int bitrate_kbps = 0;  // of ABR; the least of VBR; 255: that or more
  int delay = 0;         // samples
  int padding = 0;       // samples
  int stereo_mode = 0;
  std::uint32_t music_bytes = 0;
  std::uint16_t music_crc = 0;
  std::uint16_t tag_crc = 0;
  bool tag_crc_right = false;
};

struct InfoFrame {
  std::string kind;  // "Xing", "Info", "VBRI"
  std::optional<std::uint32_t> frames;
  std::optional<std::uint32_t> bytes;
  std::optional<std::array<std::uint8_t, 100>> toc;  // Xing, Info: 256ths of the file, by percent of the time
  std::optional<std::uint32_t> quality;
  std::optional<LameTag> lame;
};

// What the frame says if it is a tag frame.
std::optional<InfoFrame> read_info_frame(const mp3::FrameHeader& header, Bytes frame);

}  // namespace sluice::mp3scope
