#include "nodes/speech/kernels/fft.h"

#include <cmath>
#include <numbers>

namespace sluice::speech {

PowerSpectrum::PowerSpectrum(std::size_t size) : spectrum_(size), twiddles_(size / 2), reversed_(size) {
  for (std::size_t k = 0; k < size / 2; ++k)
    twiddles_[k] = std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(size));
  for (std::size_t n = 1; n < size; ++n) reversed_[n] = reversed_[n / 2] / 2 + (n % 2 == 1 ? size / 2 : 0);
}

void PowerSpectrum::run(std::span<const float> x, std::span<float> power) {
  const std::size_t size = spectrum_.size();
  for (std::size_t n = 0; n < size; ++n)
    spectrum_[n] = reversed_[n] < x.size() ? static_cast<double>(x[reversed_[n]]) : 0.0;
  for (std::size_t half = 1; half < size; half *= 2)
    for (std::size_t begin = 0; begin < size; begin += 2 * half)
      for (std::size_t k = 0; k < half; ++k) {
        const std::complex<double> even = spectrum_[begin + k];
        const std::complex<double> odd = spectrum_[begin + half + k] * twiddles_[k * (size / (2 * half))];
        spectrum_[begin + k] = even + odd;
        spectrum_[begin + half + k] = even - odd;
      }
  for (std::size_t k = 0; k < bins(); ++k) power[k] = static_cast<float>(std::norm(spectrum_[k]));
}

}  // namespace sluice::speech
