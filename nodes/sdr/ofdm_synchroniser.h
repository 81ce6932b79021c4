// From a repetition to a frame: the whole frequency offset, and where S1 begins.
//   S0's repetition tells the offset but for multiples of 2 / M; the pattern of its carriers tells which. Neighbours
//   are compared with neighbours, so that neither time nor channel matter. Then the matched filter of S1 finds the
//   first path.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "nodes/sdr/kernels/preamble_detector.h"
#include "nodes/sdr/ofdm_layout.h"

namespace sluice::sdr {

struct FrameStart {
  double cfo = 0;      // cycles per sample
  std::size_t s1 = 0;  // first sample of S1's useful part, by the first path
};

// One thread at a time; realtime-safe but for the constructor.
class OfdmSynchroniser {
 public:
  OfdmSynchroniser(std::shared_ptr<const OfdmLayout> layout, double max_cfo);

  // Samples needed before and behind the end of a preamble's window.
  std::size_t before() const noexcept { return 2 * layout_->shape.carriers; }
  std::size_t behind() const noexcept { return window_.size(); }
  std::optional<FrameStart> find(std::span<const Sample> samples, const Preamble& preamble) noexcept;

 private:
  std::optional<double> whole_offset(std::span<const Sample> samples, double fraction) noexcept;
  float agreement(std::span<const Sample> spectrum, int shift) const noexcept;
  std::size_t first_path(std::span<const Sample> samples, double cfo) noexcept;

  std::shared_ptr<const OfdmLayout> layout_;
  double max_cfo_;
  ForwardFft fft_;
  std::vector<Sample> pattern_;  // of S0: neighbours' products, by bin; their magnitudes add up to 1
  std::vector<Sample> window_;   // around S1, offset taken out
  std::vector<float> paths_;
};

}  // namespace sluice::sdr
