#include "tools/mp3scope/pictures/spectrum.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sluice::mp3scope {
namespace {

constexpr double kRate = 48000;

std::vector<float> sine(double hz, double amplitude) {
  std::vector<float> x(kWindow);
  for (std::size_t n = 0; n < x.size(); ++n)
    x[n] = static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * hz / kRate * static_cast<double>(n)));
  return x;
}

TEST(Spectrum, AFullScaleSineGivesOneAtItsFrequency) {
  const double hz = 100 * kRate / kWindow;
  const auto power = power_spectrum(sine(hz, 1.0), kWindow / 2);
  EXPECT_EQ(std::ranges::max_element(power) - power.begin(), 100);
  EXPECT_NEAR(power[100], 1.0, 0.01);
  EXPECT_LT(power[200], 1e-6);
}

TEST(Spectrum, NoiseUnderALoudToneOfItsBandIsMaskedAndFarFromItIsNot) {
  const auto tone = power_spectrum(sine(1000, 0.5), kWindow / 2);
  const auto near = noise_to_mask(tone, power_spectrum(sine(1050, 0.005), kWindow / 2), kRate);
  const auto far = noise_to_mask(tone, power_spectrum(sine(6000, 0.05), kWindow / 2), kRate);
  EXPECT_LT(*std::ranges::max_element(near), 0);
  EXPECT_GT(*std::ranges::max_element(far), 0);
}

}  // namespace
}  // namespace sluice::mp3scope
