// Power by frequency of complex samples, averaged over a row of a waterfall (P. D. Welch, 1967; Hann window, segments
// side by side).
#pragma once

#include <complex>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace sluice::sdr {

class WaterfallSpectrum {
 public:
  // `bins`: a power of two; `row_samples`: of a row, at least one segment of `bins`.
  WaterfallSpectrum(std::size_t bins, std::size_t row_samples);
  ~WaterfallSpectrum();

  // Takes samples up to the end of a row; returns how many. Realtime-safe.
  std::size_t take(std::span<const std::complex<float>> samples) noexcept;
  std::size_t taken() const noexcept { return taken_; }  // of the row under way
  // True once a row is whole.
  bool whole() const noexcept { return taken_ >= row_samples_; }
  // Levels in dB, from the lowest frequency (-rate / 2) to the highest; 0 dB is a full-scale tone. Begins the next row.
  // Nothing when not even one segment came. Realtime-safe.
  std::optional<std::span<const float>> row() noexcept;

 private:
  struct Plan;

  void add_segment() noexcept;

  const std::size_t row_samples_;
  std::vector<float> window_, power_, levels_;
  std::vector<std::complex<float>> segment_, windowed_, spectrum_;
  std::unique_ptr<Plan> plan_;
  std::size_t taken_ = 0, filled_ = 0, segments_ = 0;
};

}  // namespace sluice::sdr
