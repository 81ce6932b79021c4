// The power-law quantiser of Layer III. ISO/IEC 11172-3 C.1.5.4.4.1 (quantisation), 2.4.3.4.7 (requantisation).
//   q = floor((|x| / s)^(3/4) + 0.4054),   x' = q^(4/3) s,   s = 2^((index - 210) / 4)
// With uniform error in the companded domain, high-resolution noise is
//   N = (1/12) (16/9) s^(3/2) sum sqrt|x|,
// which gives the step for a wanted noise in closed form.
#pragma once

#include <array>
#include <span>

#include "nodes/mp3/kernels/bands.h"
#include "nodes/mp3/kernels/simd/rate_tables.h"

namespace sluice::mp3 {

// s^(-3/4) by step index from kMinStepIndex on.
extern const std::array<float, kMaxStepIndex - kMinStepIndex + 1> kInverseStep34;

inline float inverse_step34(int index) {
  return kInverseStep34[static_cast<std::size_t>(index - kMinStepIndex)];
}

// What every bitrate needs of a granule's lines.
struct Companded {
  alignas(64) std::array<float, kLines> root;                    // |x|^(1/2)
  alignas(64) std::array<float, kLines + kLinePadding> power34;  // |x|^(3/4)
  BandMeasures measures;
};
// Real-time safe.
void compand(std::span<const float, kLines> lines, const BandLayout& layout, Companded& out);

// A granule's magnitudes, ready to be quantised at any step. Real-time safe.
class CompandedLines {
 public:
  // Takes `lines`, of each band only the first `kept[band]`. `companded`: of all of these lines in this layout; null:
  // to be made here. What is given must outlive the next calls.
  void load(std::span<const float, kLines> lines, const BandLayout& layout, std::span<const std::int16_t> kept,
            const Companded* companded);

  // By band of the layout, kBandSlots of each. `weight`: log2 of the noise allowed relative to the threshold.
  void target(std::span<const float> threshold, std::span<const float> weight, BandTargets& out) const;
  // `scale`: inverse_step34() by band, 0 where all lines become 0.
  void quantise(std::span<const float> scale);

  // The magnitudes of the latest quantise(), and the largest of each band.
  const std::array<std::int16_t, kLines + kLinePadding>& magnitudes() const { return quantised_; }
  std::span<const std::int16_t, kBandSlots> largest() const { return largest_; }
  void write_signed(std::span<std::int16_t, kLines> out) const;

 private:
  void cut(int band, int kept);
  void measure(int first, int count, BandMeasures& out) const;

  const float* lines_ = nullptr;
  const BandLayout* layout_ = nullptr;
  const Companded* companded_ = nullptr;
  Companded own_;
  BandMeasures measures_{};  // of the lines kept
  // Lines that are left out, in runs: one, or one a window.
  struct Gap {
    int first, end;
  };
  std::array<Gap, 3> gaps_;
  std::size_t gap_count_ = 0;
  alignas(64) std::array<std::int16_t, kLines + kLinePadding> quantised_{};
  alignas(64) std::array<std::int16_t, kBandSlots> largest_{};
};

}  // namespace sluice::mp3
