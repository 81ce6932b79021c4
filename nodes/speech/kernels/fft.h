// Power spectrum of a real frame, by a radix-2 transform (Cooley & Tukey 1965).
#pragma once

#include <complex>
#include <cstddef>
#include <span>
#include <vector>

namespace sluice::speech {

// One size; allocates in its constructor only.
class PowerSpectrum {
 public:
  explicit PowerSpectrum(std::size_t size);  // a power of two, at least 2

  std::size_t bins() const { return spectrum_.size() / 2 + 1; }
  // power[k] = |sum over n of x[n] exp(-2 pi i k n / size)|^2, k = 0..size/2. A shorter x is followed by zeros.
  void run(std::span<const float> x, std::span<float> power);

 private:
  std::vector<std::complex<double>> spectrum_, twiddles_;  // twiddles: exp(-2 pi i k / size)
  std::vector<std::size_t> reversed_;
};

}  // namespace sluice::speech
