#include "nodes/dsp/kernels/oscillator.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

namespace sluice::dsp {
namespace {

constexpr double kRate = 48000;

// Amplitude of the component at `hz`, over one second.
double amplitude(const Oscillator& tone, double hz) {
  std::complex<double> sum = 0;
  const int frames = static_cast<int>(kRate);
  for (int n = 0; n < frames; ++n)
    sum += std::polar(1.0, -2 * std::numbers::pi * hz * n / kRate) * static_cast<double>(tone.at(n));
  return 2 * std::abs(sum) / frames;
}

double db(double ratio) {
  return 20 * std::log10(ratio);
}

TEST(Oscillator, SineHasUnitPeakAndNoHarmonics) {
  const Oscillator tone(Waveform::sine, 997, kRate);
  EXPECT_NEAR(amplitude(tone, 997), 1, 1e-6);
  EXPECT_LT(db(amplitude(tone, 2 * 997)), -150);
  EXPECT_LT(db(amplitude(tone, 3 * 997)), -150);
}

TEST(Oscillator, SquareHasTheOddHarmonicsOfItsFourierSeries) {
  const Oscillator tone(Waveform::square, 100, kRate);
  for (int k = 1; k <= 9; k += 2) EXPECT_NEAR(db(amplitude(tone, 100 * k) * k * std::numbers::pi / 4), 0, 0.05) << k;
  for (int k = 2; k <= 8; k += 2) EXPECT_LT(db(amplitude(tone, 100 * k)), -100) << k;
}

TEST(Oscillator, SawHasAllHarmonicsOfItsFourierSeries) {
  const Oscillator tone(Waveform::saw, 100, kRate);
  for (int k = 1; k <= 9; ++k) EXPECT_NEAR(db(amplitude(tone, 100 * k) * k * std::numbers::pi / 2), 0, 0.05) << k;
}

// 5 kHz at 48 kHz: the 7th harmonic, 35 kHz, folds to 13 kHz. A naive square has it at -14.8 dB there.
TEST(Oscillator, BandLimitingKeepsAliasesDown) {
  const Oscillator tone(Waveform::square, 5000, kRate);
  EXPECT_LT(db(amplitude(tone, 13000)), -30);
}

TEST(Oscillator, PhaseIsExactAfterADay) {
  const Oscillator tone(Waveform::sine, 1000, kRate);
  const std::int64_t day = 86400 * static_cast<std::int64_t>(kRate);
  for (int n = 0; n < 48; ++n) EXPECT_NEAR(tone.at(day + n), tone.at(n), 1e-6f) << n;
}

}  // namespace
}  // namespace sluice::dsp
