#include "nodes/speech/kernels/mel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <random>

namespace sluice::speech {
namespace {

std::vector<float> noise(std::size_t count) {
  std::minstd_rand random(4);
  std::uniform_real_distribution<float> uniform(-0.3f, 0.4f);
  std::vector<float> x(count);
  for (float& sample : x) sample = uniform(random);
  return x;
}

// The sum itself.
double power_at(const std::vector<double>& x, std::size_t k, std::size_t size) {
  std::complex<double> sum;
  for (std::size_t n = 0; n < x.size(); ++n)
    sum +=
        x[n] * std::polar(1.0, -2 * std::numbers::pi * static_cast<double>(k * n % size) / static_cast<double>(size));
  return std::norm(sum);
}

// The equations of mel.h in double precision, bin by bin over the whole spectrum.
std::vector<double> literal_energies(const std::vector<float>& samples, std::size_t bins, double rate) {
  const std::size_t size = 512, count = samples.size();
  double mean = 0;
  for (const float s : samples) mean += s * 32768.0 / static_cast<double>(count);
  std::vector<double> x(count), y(count);
  for (std::size_t n = 0; n < count; ++n) x[n] = samples[n] * 32768.0 - mean;
  for (std::size_t n = 0; n < count; ++n) {
    const double window =
        0.5 - 0.5 * std::cos(2 * std::numbers::pi * static_cast<double>(n) / static_cast<double>(count - 1));
    y[n] = (x[n] - 0.97 * x[n == 0 ? 0 : n - 1]) * std::pow(window, 0.85);
  }
  const auto mel = [](double f) { return 1127 * std::log(1 + f / 700); };
  const double step = (mel(rate / 2) - mel(20)) / static_cast<double>(bins + 1);
  std::vector<double> energies(bins, 0.0);
  for (std::size_t k = 0; k < size / 2; ++k) {
    const double power = power_at(y, k, size), at = mel(static_cast<double>(k) * rate / static_cast<double>(size));
    for (std::size_t m = 0; m < bins; ++m)
      energies[m] += power * std::max(0.0, 1 - std::abs(at - mel(20) - static_cast<double>(m + 1) * step) / step);
  }
  for (double& energy : energies) energy = std::log(energy);
  return energies;
}

TEST(PowerSpectrum, IsThatOfTheSum) {
  for (const std::size_t size : {2u, 8u, 64u, 512u}) {
    PowerSpectrum spectrum(size);
    const std::vector<float> x = noise(size - 1);
    std::vector<float> power(spectrum.bins());
    spectrum.run(x, power);
    for (std::size_t k = 0; k < power.size(); ++k) {
      const double expected = power_at({x.begin(), x.end()}, k, size);
      EXPECT_NEAR(power[k], expected, 1e-5 * expected + 1e-6) << k << " of " << size;
    }
  }
}

TEST(LogMel, IsThatOfTheEquations) {
  for (const std::size_t bins : {23u, 80u}) {
    LogMel mel({.bins = bins});
    ASSERT_EQ(mel.window(), 400u);
    ASSERT_EQ(mel.hop(), 160u);
    const std::vector<float> x = noise(400);
    std::vector<float> energies(bins);
    mel.run(x, energies);
    const auto expected = literal_energies(x, bins, 16000);
    for (std::size_t m = 0; m < bins; ++m) EXPECT_NEAR(energies[m], expected[m], 1e-3) << m << " of " << bins;
  }
}

TEST(LogMel, OfSilenceIsFinite) {
  LogMel mel({});
  std::vector<float> energies(mel.bins());
  mel.run(std::vector<float>(mel.window()), energies);
  for (const float energy : energies) EXPECT_NEAR(energy, std::log(1.1920929e-7f), 1e-4);
}

TEST(Cepstrum, OfAFlatSpectrumIsItsLevelOnly) {
  Cepstrum cepstrum(23, 13);
  std::vector<float> c(13);
  cepstrum.run(std::vector<float>(23, 2.0f), c);
  EXPECT_NEAR(c[0], 2 * std::sqrt(23.0), 1e-4);
  for (std::size_t i = 1; i < 13; ++i) EXPECT_NEAR(c[i], 0, 1e-4);
}

TEST(Cepstrum, FindsACosine) {
  Cepstrum cepstrum(23, 13);
  std::vector<float> energies(23), c(13);
  for (std::size_t m = 0; m < 23; ++m)
    energies[m] = static_cast<float>(std::cos(std::numbers::pi * 3 * (static_cast<double>(m) + 0.5) / 23));
  cepstrum.run(energies, c);
  const double lifter = 1 + 11 * std::sin(std::numbers::pi * 3 / 22);
  for (std::size_t i = 0; i < 13; ++i) EXPECT_NEAR(c[i], i == 3 ? lifter * std::sqrt(23.0 / 2) : 0, 1e-3);
}

}  // namespace
}  // namespace sluice::speech
