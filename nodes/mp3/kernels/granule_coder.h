// One granule of one channel on its way through the rate loop: wanted noise, steps, quantised lines, bits.
#pragma once

#include "nodes/mp3/kernels/analysis.h"
#include "nodes/mp3/kernels/huffman.h"
#include "nodes/mp3/kernels/quantized.h"

namespace sluice::mp3 {

// Real-time safe.
class GranuleCoder {
 public:
  // Takes the lines below `bandwidth_lines` (of 576) and their thresholds.
  void load(const StreamFormat& format, const BandLayout& layout, const AnalysedGranule& in, int bandwidth_lines);

  // Finds the step of every band whose noise lies `offset` step indices (1.13 dB of noise each) above the threshold.
  void calibrate(float offset);

  // Codes with all steps moved so that the noise lies near `offset`; returns the bits, at most kMaxPart23Bits.
  int encode(float offset, QuantizedGranule& out);

  // Copies the signed lines of the latest encode() to `out`.
  void finish(QuantizedGranule& out) const;

  bool silent() const { return silent_; }
  float calibrated_offset() const { return calibrated_; }

 private:
  struct Band {
    float energy;
    float threshold;
    float weight;     // log2 of the noise allowed beyond the threshold, by the band's width in Bark
    float sum_sqrt;   // sum of |x|^(1/2)
    float largest34;  // largest |x|^(3/4)
    float index;      // step index calibrated; kAnyStep when the band is not coded
    int finest;       // smallest index that can be coded
  };

  float wanted_log2_noise(const Band& band, float offset) const;
  void calibrate_band(int band, float offset);
  int encode_steps(float offset, QuantizedGranule& out);

  const StreamFormat* format_ = nullptr;
  const BandLayout* layout_ = nullptr;
  BlockType type_ = BlockType::kNormal;
  bool silent_ = true;
  float calibrated_ = 0.0f;
  std::array<Band, kMaxBands> band_{};
  alignas(64) std::array<float, kLines> magnitude_{};
  alignas(64) std::array<float, kLines> magnitude34_{};
  alignas(64) Magnitudes quantised_{};
  std::array<bool, kLines> negative_{};
};

}  // namespace sluice::mp3
