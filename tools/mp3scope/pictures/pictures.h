// The pictures of a file: PREFIX-bitrate.png, PREFIX-spectrogram.png, and with the original PREFIX-noise.png.
#pragma once

#include <string>
#include <vector>

#include "tools/mp3scope/pictures/canvas.h"
#include "tools/mp3scope/pictures/sound.h"

namespace sluice::mp3scope {

// What the picture of bitrate and reservoir needs of a frame.
struct FramePoint {
  float kbps = 0;
  std::uint16_t main_data_begin = 0;
  bool short_blocks = false;
};

// Bitrate above, main_data_begin below, short blocks as marks between them.
Canvas draw_bitrate(const std::vector<FramePoint>& frames, double seconds);
// Time to the right, frequency upwards, -110 to 0 dB; the original's below the decoded sound's.
Canvas draw_spectrogram(const Sound& decoded, const Sound* original);
// Noise-to-mask ratio by critical band over time: green is masked, red is not. Both sounds aligned, of one rate.
Canvas draw_noise(const Sound& decoded, const Sound& original);

}  // namespace sluice::mp3scope
