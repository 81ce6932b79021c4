#include "tools/mp3scope/pictures/spectrum.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

namespace sluice::mp3scope {
namespace {

using Complex = std::complex<double>;

constexpr std::array<double, kBands> kEdgesHz = {100,  200,  300,  400,  510,   630,   770,  920,  1080,
                                                 1270, 1480, 1720, 2000, 2320,  2700,  3150, 3700, 4400,
                                                 5300, 6400, 7700, 9500, 12000, 15500, 24000};
constexpr double kFullScaleSpl = 92.0;
constexpr double kQuietSpl = 5.0;  // about the threshold in quiet, mid frequencies: noise below it is never heard
constexpr double kNothing = -100.0;

// In place, decimation in time, radix 2 (Cooley and Tukey 1965).
void transform(std::vector<Complex>& x) {
  const std::size_t size = x.size();
  for (std::size_t i = 1, j = 0; i < size; ++i) {
    std::size_t bit = size >> 1;
    for (; (j & bit) != 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) std::swap(x[i], x[j]);
  }
  for (std::size_t half = 1; half < size; half *= 2) {
    const Complex turn = std::polar(1.0, -std::numbers::pi / static_cast<double>(half));
    for (std::size_t first = 0; first < size; first += 2 * half) {
      Complex w = 1.0;
      for (std::size_t k = first; k < first + half; ++k, w *= turn) {
        const Complex odd = w * x[k + half];
        x[k + half] = x[k] - odd;
        x[k] += odd;
      }
    }
  }
}

double decibels(double power) {
  return 10 * std::log10(power + 1e-15);
}

std::array<double, kBands> band_powers(std::span<const double> spectrum, double rate_hz) {
  std::array<double, kBands> power{};
  for (std::size_t bin = 0; bin < spectrum.size(); ++bin) {
    const double hz = static_cast<double>(bin) * rate_hz / kWindow;
    const auto band = std::ranges::upper_bound(kEdgesHz, hz);
    if (band != kEdgesHz.end()) power[static_cast<std::size_t>(band - kEdgesHz.begin())] += spectrum[bin];
  }
  return power;
}

double centre_hz(int band) {
  return (band == 0 ? 50.0
                    : 0.5 * (kEdgesHz[static_cast<std::size_t>(band) - 1] + kEdgesHz[static_cast<std::size_t>(band)]));
}

}  // namespace

std::vector<double> power_spectrum(std::span<const float> x, std::ptrdiff_t centre) {
  std::vector<Complex> w(kWindow);
  for (std::size_t n = 0; n < kWindow; ++n) {
    const std::ptrdiff_t at = centre - static_cast<std::ptrdiff_t>(kWindow / 2) + static_cast<std::ptrdiff_t>(n);
    if (at < 0 || at >= std::ssize(x)) continue;
    w[n] = x[static_cast<std::size_t>(at)] *
           (0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / kWindow));
  }
  transform(w);
  std::vector<double> power(kBins);
  constexpr double kSine = kWindow / 4.0;  // magnitude of a full-scale sine under the window
  for (std::size_t bin = 0; bin < kBins; ++bin) power[bin] = std::norm(w[bin]) / (kSine * kSine);
  return power;
}

double band_edge_hz(int band) {
  return kEdgesHz[static_cast<std::size_t>(band)];
}

std::array<double, kBands> noise_to_mask(std::span<const double> original, std::span<const double> noise,
                                         double rate_hz) {
  const auto signal = band_powers(original, rate_hz);
  const auto difference = band_powers(noise, rate_hz);
  std::array<double, kBands> ratio{};
  for (int band = 0; band < kBands; ++band) {
    if (centre_hz(band) > rate_hz / 2) {
      ratio[static_cast<std::size_t>(band)] = kNothing;
      continue;
    }
    double excitation = 0;
    for (int from = 0; from < kBands; ++from) {
      const double level = decibels(signal[static_cast<std::size_t>(from)]) + kFullScaleSpl;
      const double up = std::max(5.0, 24 + 230 / centre_hz(from) - 0.2 * level);
      const double loss = from > band ? 27.0 * (from - band) : up * (band - from);
      excitation += std::pow(10, (level - loss) / 10);
    }
    const double mask = std::max(kQuietSpl, decibels(excitation) - std::max(3.0, 0.25 * band));
    const double level = decibels(difference[static_cast<std::size_t>(band)]) + kFullScaleSpl;
    ratio[static_cast<std::size_t>(band)] = std::max(kNothing, level - mask);
  }
  return ratio;
}

}  // namespace sluice::mp3scope
