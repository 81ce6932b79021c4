// The quality scale of a variable bitrate: 0 best .. 10 smallest, with about the sizes of LAME's -V.
// At one quality the noise stands at one distance from the thresholds, but for a relief of frames that demand much:
// what the same bits bring elsewhere is more.
#pragma once

namespace sluice::mp3 {

inline constexpr double kWorstQuality = 10.0;

// By how many step indices (1.13 dB of noise) the noise stands above what the rate loop's plan allows, in a frame whose
// granules demand `granule_demand` bits each at their thresholds.
float vbr_offset(double quality, float granule_demand);
// About what music comes to, kbit/s: for the bandwidth and the choice of a coding rate.
double vbr_nominal_kbps(double quality, int rate_hz, int channels);

}  // namespace sluice::mp3
