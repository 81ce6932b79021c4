// Finds a preamble that repeats itself after `lag` samples, at any level and frequency offset (Schmidl and Cox, "Robust
// frequency and timing synchronization for OFDM", IEEE Trans. Comm. 45, 1997):
//   P(n) = sum conj(x[n]) x[n + lag],   R(n) = sum |x[n + lag]|^2,   M(n) = |P|^2 / R^2
// less what the window's mean contributes: a receiver's own carrier at 0 Hz repeats itself, too. Summed in pieces of
// lag / 2 samples, so that the idle receiver costs a few operations a sample.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>

#include "nodes/sdr/kernels/complex_math.h"

namespace sluice::sdr {

struct Preamble {
  std::size_t end = 0;  // sample behind the window whose metric was highest
  float cycles = 0;     // frequency offset, cycles per sample, in (-1 / (2 lag), 1 / (2 lag)]
  float metric = 0;     // 0..1
};

// One thread at a time. Realtime-safe.
class PreambleDetector {
 public:
  // lag: even. The preamble lasts at least window_samples() + lag / 2.
  explicit PreambleDetector(std::size_t lag, float threshold) : lag_(lag), piece_(lag / 2), threshold_(threshold) {}

  std::size_t piece() const noexcept { return piece_; }
  std::size_t window_samples() const noexcept { return kPieces * piece_ + lag_; }
  void reset() noexcept;

  // Looks at samples[from], samples[from + 1]...: takes as many whole pieces as there are, up to a find. `from` moves
  // to the first sample not taken. samples[from - ...] need not exist. Window positions are indices into `samples`.
  std::optional<Preamble> search(std::span<const Sample> samples, std::size_t& from) noexcept;

  // The samples were moved to the front by `count`.
  void shift(std::size_t count) noexcept { best_.end -= best_.metric > 0 ? count : 0; }

 private:
  struct Sums {
    Sample product{}, first{}, second{};
    float energy = 0;
  };

  static constexpr std::size_t kPieces = 6;   // 96 products with lag 32
  static constexpr std::size_t kPlateau = 3;  // pieces without a better one end the search

  void add(std::span<const Sample> samples, std::size_t at) noexcept;
  Sums window() const noexcept;

  std::size_t lag_, piece_;
  float threshold_;
  std::array<Sums, kPieces> pieces_{};
  std::size_t count_ = 0;  // pieces so far
  Preamble best_;
  std::size_t since_best_ = 0;  // pieces
};

}  // namespace sluice::sdr
