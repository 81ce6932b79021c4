// Tells where a burst may be, by its energy. The floor is the weakest window of late: it falls at once and rises by 3
// dB in 2^15 windows. At first, before it can know, it is open. For senders that pause: in a signal without pauses the
// floor is the signal.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <span>

#include "nodes/sdr/kernels/complex_math.h"

namespace sluice::sdr {

// Realtime-safe.
class EnergyGate {
 public:
  // Samples that are weighed together. Of noise, the mean power of so many is within 3.5 sigma = 1.3 dB of the truth.
  static constexpr std::size_t kWindow = 128;

  // ratio: of a burst's power to the floor.
  explicit EnergyGate(float ratio) : ratio_(ratio) {}

  // True when these kWindow samples may belong to a burst.
  bool open(std::span<const Sample, kWindow> window) noexcept {
    float energy = kLeast;
    for (const Sample x : window) energy += power(x);
    floor_ = std::min(energy, floor_ * kRise);
    return energy > ratio_ * floor_ || (learnt_ < kLearn && ++learnt_ < kLearn);
  }

 private:
  static constexpr int kLearn = 512;          // windows
  static constexpr float kRise = 1.0000212f;  // 2^(1 / 2^15)
  static constexpr float kLeast = 1e-12f;     // digital silence, of which every burst is a multiple

  float ratio_;
  int learnt_ = 0;  // windows
  float floor_ = std::numeric_limits<float>::max() / 2;
};

}  // namespace sluice::sdr
