#include "nodes/mp3/kernels/coding_rate.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nodes/mp3/kernels/tables.h"

namespace sluice::mp3 {
namespace {

struct Row {
  double kbps_per_channel;  // up to which
  int rate_hz;              // is best
};
// Measured with PEAQ like the numbers of tuning.h: 64 kbit/s stereo is better at 32 kHz than at 44.1 by 0.03 ODG in the
// mean and 0.7 for the worst clip, 80 is not.
constexpr std::array<Row, 4> kRows = {{{10, 16000}, {20, 24000}, {38, 32000}, {1000, 48000}}};

}  // namespace

int nearest_rate_hz(double rate_hz) {
  if (rate_hz > 48000) return std::fmod(rate_hz, 11025) == 0 ? 44100 : 48000;
  int nearest = 48000;
  for (const int rate : kRateHz)
    if (rate >= rate_hz) nearest = std::min(nearest, rate);
  return nearest;
}

int coding_rate_hz(double rate_hz, int channels, double kbps) {
  // ISO/IEC 11172-3 2.4.2.3, 13818-3 2.4.2.3: only MPEG-1 goes beyond 160 kbit/s, and MPEG-2.5 ends at 64.
  const int least = kbps > 160 ? 32000 : kbps > 64 ? 16000 : 0;
  const auto row = std::ranges::find_if(kRows, [&](const Row& r) { return kbps <= r.kbps_per_channel * channels; });
  const int best = row == kRows.end() ? kRows.back().rate_hz : row->rate_hz;
  return std::max(least, std::min(nearest_rate_hz(rate_hz), best));
}

}  // namespace sluice::mp3
