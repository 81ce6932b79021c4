// The sampling rate that suits a bitrate. Below some 40 kbit/s a channel a lower rate codes better: longer blocks, and
// side information less often, for a bandwidth that would be given up anyway.
#pragma once

namespace sluice::mp3 {

// The MP3 rate that loses nothing of a signal at `rate_hz`: the next higher one, and above 48 kHz the one of the same
// family (44.1 kHz for multiples of 11.025 kHz).
int nearest_rate_hz(double rate_hz);
// The best MP3 rate for a signal at `rate_hz` at `kbps` for all `channels`; above nearest_rate_hz() only where the
// standard has no such bitrate at that rate.
int coding_rate_hz(double rate_hz, int channels, double kbps);

}  // namespace sluice::mp3
