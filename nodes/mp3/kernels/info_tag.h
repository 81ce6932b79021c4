// The Info/LAME tag: a silent first frame that tells players the length, a seek table, and the samples to drop at both
// ends for gapless play. No ISO standard; layout as written by LAME ("MP3 Info Tag rev 1") and read by mpg123, FFmpeg.
#pragma once

#include <cstdint>
#include <span>

#include "nodes/mp3/kernels/seek_points.h"
#include "nodes/mp3/kernels/stream_format.h"

namespace sluice::mp3 {

// Delay of the standard's decoder, counted to the first sample it gives: every player adds it. 528 + 1.
inline constexpr int kDecoderDelay = 529;

struct StreamTotals {
  std::uint32_t frames = 0;     // without the tag frame
  std::uint32_t bytes = 0;      // without the tag frame
  std::uint16_t music_crc = 0;  // tag_crc over those bytes
  std::uint16_t enc_delay = 0;  // samples before the first of the input, less kDecoderDelay; 0..4095
  std::uint16_t padding = 0;    // samples after the last of the input, with the decoder's delay; 0..4095
  int lowpass_hz = 0;
  SeekTable seek{};
  RateMethod method = RateMethod::kConstant;
  double quality = 0;    // kVariable: 0 best .. 10
  int bitrate_kbps = 0;  // of kMean; the least that kVariable may use; 0: the format's
};

// Size of the tag frame: the stream's own frame size where the tag fits, otherwise of the lowest bitrate where it does.
int info_frame_bytes(const StreamFormat& format);

// ReplayGain: what a player should turn up, and the largest sample, full scale 1.
struct ReplayGain {
  double track_gain_db = 0;
  double peak = 0;
};

// Writes the tag frame into `out`, which holds info_frame_bytes(format). It never carries a CRC word.
// With totals.frames 0 it is a plain silent frame: a placeholder that players take for music.
void write_info_frame(const StreamFormat& format, bool joint, const StreamTotals& totals, std::span<std::uint8_t> out);

// Puts ReplayGain into a complete tag frame; false, and nothing is changed, where `frame` is none.
bool set_replay_gain(const ReplayGain& gain, std::span<std::uint8_t> frame);

}  // namespace sluice::mp3
