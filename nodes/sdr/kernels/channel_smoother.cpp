#include "nodes/sdr/kernels/channel_smoother.h"

#include <cmath>
#include <numbers>

namespace sluice::sdr {
namespace {

using Complex = std::complex<double>;

constexpr double kRidge = 0.008;  // of the largest eigenvalue: bias -42 dB, below what 64-QAM sees

// Solves A X = B in place by Gauss-Jordan; A [n][n] is Hermitian and positive definite, so it needs no pivots.
void solve(std::vector<Complex>& a, std::vector<Complex>& b, std::size_t n, std::size_t columns) {
  for (std::size_t row = 0; row < n; ++row) {
    const Complex pivot = 1.0 / a[row * n + row];
    for (std::size_t c = 0; c < n; ++c) a[row * n + c] *= pivot;
    for (std::size_t c = 0; c < columns; ++c) b[row * columns + c] *= pivot;
    for (std::size_t other = 0; other < n; ++other) {
      if (other == row) continue;
      const Complex factor = a[other * n + row];
      for (std::size_t c = 0; c < n; ++c) a[other * n + c] -= factor * a[row * n + c];
      for (std::size_t c = 0; c < columns; ++c) b[other * columns + c] -= factor * b[row * columns + c];
    }
  }
}

}  // namespace

ChannelSmoother::ChannelSmoother(std::span<const int> carriers, std::size_t transform, int first_tap, std::size_t taps)
    : size_(carriers.size()), matrix_(carriers.size() * carriers.size()) {
  std::vector<Complex> f(size_ * taps);
  for (std::size_t k = 0; k < size_; ++k)
    for (std::size_t t = 0; t < taps; ++t)
      f[k * taps + t] = std::polar(1.0, -2 * std::numbers::pi * carriers[k] * (first_tap + static_cast<double>(t)) /
                                            static_cast<double>(transform));
  std::vector<Complex> normal(taps * taps), adjoint(taps * size_);
  for (std::size_t i = 0; i < taps; ++i) {
    for (std::size_t j = 0; j < taps; ++j)
      for (std::size_t k = 0; k < size_; ++k) normal[i * taps + j] += std::conj(f[k * taps + i]) * f[k * taps + j];
    normal[i * taps + i] += kRidge * static_cast<double>(transform);
    for (std::size_t k = 0; k < size_; ++k) adjoint[i * size_ + k] = std::conj(f[k * taps + i]);
  }
  solve(normal, adjoint, taps, size_);
  for (std::size_t r = 0; r < size_; ++r)
    for (std::size_t c = 0; c < size_; ++c) {
      Complex sum = 0;
      for (std::size_t t = 0; t < taps; ++t) sum += f[r * taps + t] * adjoint[t * size_ + c];
      matrix_[r * size_ + c] = Sample(sum);
    }
}

void ChannelSmoother::apply(std::span<const Sample> raw, std::span<Sample> smooth) const noexcept {
  for (std::size_t r = 0; r < size_; ++r) {
    const Sample* row = matrix_.data() + r * size_;
    Sample sum{};
    for (std::size_t c = 0; c < size_; ++c) sum += product(row[c], raw[c]);
    smooth[r] = sum;
  }
}

}  // namespace sluice::sdr
