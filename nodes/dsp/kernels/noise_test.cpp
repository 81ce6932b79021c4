#include "nodes/dsp/kernels/noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>
#include <vector>

namespace sluice::dsp {
namespace {

double rms(const std::vector<double>& x) {
  double sum = 0;
  for (const double v : x) sum += v * v;
  return std::sqrt(sum / static_cast<double>(x.size()));
}

std::vector<double> white(std::uint64_t seed, int channel, int frames) {
  const NoiseSource noise(seed, channel);
  std::vector<double> x;
  for (int n = 0; n < frames; ++n) x.push_back(noise.white(n));
  return x;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b, std::size_t lag = 0) {
  double sum = 0;
  for (std::size_t n = 0; n + lag < a.size(); ++n) sum += a[n] * b[n + lag];
  return sum / static_cast<double>(a.size());
}

// Mean power density around `cycles` per sample: 120 windowed transforms of 4096 samples, 9 bins wide.
double pink_density(double cycles) {
  constexpr int kWindow = 4096;
  const NoiseSource noise(1, 0);
  double power = 0;
  for (int run = 0; run < 120; ++run) {
    for (int bin = -4; bin <= 4; ++bin) {
      const std::complex<double> turn = std::polar(1.0, -2 * std::numbers::pi * (cycles * (1 + bin * 0.02)));
      std::complex<double> sum = 0, phase = 1;
      for (int n = 0; n < kWindow; ++n, phase *= turn)
        sum += phase * static_cast<double>(noise.pink(run * kWindow + n)) *
               (0.5 - 0.5 * std::cos(2 * std::numbers::pi * n / kWindow));
      power += std::norm(sum);
    }
  }
  return 10 * std::log10(power);
}

TEST(Noise, WhiteHasUnitRmsAndNoMean) {
  const auto x = white(1, 0, 1 << 18);
  EXPECT_NEAR(rms(x), 1, 0.005);
  double sum = 0;
  for (const double v : x) {
    sum += v;
    ASSERT_LE(std::abs(v), std::sqrt(3.0) + 1e-6);
  }
  EXPECT_NEAR(sum / static_cast<double>(x.size()), 0, 0.01);
}

// The standard deviation of the estimate is 1 / 512.
TEST(Noise, SamplesSeedsAndChannelsAreUncorrelated) {
  const auto x = white(1, 0, 1 << 18);
  for (std::size_t lag = 1; lag < 8; ++lag) EXPECT_NEAR(correlation(x, x, lag), 0, 0.01) << lag;
  EXPECT_NEAR(correlation(x, white(1, 1, 1 << 18)), 0, 0.01);
  EXPECT_NEAR(correlation(x, white(2, 0, 1 << 18)), 0, 0.01);
}

TEST(Noise, PinkFallsBy3dBPerOctave) {
  const double reference = pink_density(1.0 / 512);
  for (int octave = 1; octave <= 6; ++octave)
    EXPECT_NEAR(pink_density(std::exp2(octave) / 512) - reference, -3.01 * octave, 1.0) << octave;
}

TEST(Noise, PinkHasUnitRms) {
  const NoiseSource noise(3, 0);
  std::vector<double> x;
  for (int n = 0; n < 1 << 20; ++n) x.push_back(noise.pink(n));
  EXPECT_NEAR(rms(x), 1, 0.1);  // the slow octaves converge slowly
}

}  // namespace
}  // namespace sluice::dsp
