// Numbers of the encoder that no standard gives: found by measuring PEAQ (ITU-R BS.1387) over a mixed corpus at 64 to
// 320 kbit/s, and kept in one place so that a measurement can vary them.
#pragma once

namespace sluice::mp3 {

struct Tuning {
  // Noise allowed in a band, relative to its threshold: exponent of the band's lines per Bark, and the largest log2.
  float width_weight = 1.5f;
  float largest_weight = 2.5f;
  // Bits per granule that left/right must save to be preferred to mid/side.
  float left_right_gain = 150.0f;
  // How strongly a frame's budget follows its demand, 1 = in proportion.
  float demand_weight = 0.45f;
  // The reservoir is steered to this part of its limit, so that there is room to give and to take, and a frame makes up
  // this part of the distance.
  float resting_level = 0.7f;
  float return_rate = 0.15f;
  // Energy of a time step over the mean of those before it that counts as an attack.
  float attack_ratio = 12.0f;
  // Step indices by which the last band, which has no scalefactor, may be coarser than wanted before it pulls
  // global_gain down and with it every scalefactor up.
  float last_band_slack = 4.0f;
};

const Tuning& tuning();

}  // namespace sluice::mp3
