// Numbers of the noise allocation that no standard gives: found by measuring PEAQ (ITU-R BS.1387) over a mixed corpus
// at 64 to 320 kbit/s, and kept in one place so that a measurement can vary them.
#pragma once

namespace sluice::mp3 {

struct Tuning {
  // Exponent of a band's lines per Bark in its allowed noise-to-mask ratio. 1 would minimise the sum of the ratios over
  // Bark for a given number of bits (a wide band saves more bits per dB); 0 keeps all ratios equal.
  float width_weight = 0.5f;
  // A band that stands `hole_margin` (log2) out of its mask keeps its noise this far (log2) below its energy...
  float hole_depth = -1.0f;
  float hole_margin = 0.0f;
  // ...until the frame is so starved that the common offset exceeds this many step indices.
  float hole_limit = 20.0f;
  // Corrections of a band's step by the noise measured.
  int corrections = 1;
};

const Tuning& tuning();

}  // namespace sluice::mp3
