#include "nodes/mp3/kernels/vbr_scale.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "nodes/mp3/kernels/log2.h"

namespace sluice::mp3 {
namespace {

struct Quality {
  double offset;  // of a granule that demands kUsualDemand
  double kbps;    // of music in stereo at 44.1 kHz
};
// By quality 0..10. The sizes are LAME's of -V 0..9 over the corpus of tuning.h, the offsets those that give them.
constexpr std::array<Quality, 11> kScale = {{{-16.6, 222},
                                             {-13.7, 188},
                                             {-11.0, 160},
                                             {-9.35, 142},
                                             {-7.45, 124},
                                             {-5.0, 103},
                                             {-3.2, 89},
                                             {-2.05, 81},
                                             {-0.8, 72},
                                             {1.3, 59},
                                             {3.5, 47}}};
constexpr float kUsualDemand = 1000.0f;  // bits
// Indices by which the noise grows with each doubling of the demand; tuned with PEAQ like the numbers of tuning.h.
constexpr float kRelief = 2.5f;
constexpr float kLeastDemand = 25.0f;  // bits; below it a granule is all but silent

// One channel of music takes more than half of what two take, which share mid and side.
constexpr double kMonoShare = 0.55;

Quality at(double quality) {
  const double q = std::clamp(quality, 0.0, kWorstQuality);
  const auto low = std::min(static_cast<std::size_t>(q), kScale.size() - 2);
  const double part = q - static_cast<double>(low);
  const Quality& a = kScale[low];
  const Quality& b = kScale[low + 1];
  return {std::lerp(a.offset, b.offset, part), std::lerp(a.kbps, b.kbps, part)};
}

}  // namespace

float vbr_offset(double quality, float granule_demand) {
  return static_cast<float>(at(quality).offset) +
         kRelief * log2_of(std::max(granule_demand, kLeastDemand) / kUsualDemand);
}

double vbr_nominal_kbps(double quality, int rate_hz, int channels) {
  return at(quality).kbps * (channels == 1 ? kMonoShare : 1.0) * std::min(1.0, rate_hz / 44100.0);
}

}  // namespace sluice::mp3
