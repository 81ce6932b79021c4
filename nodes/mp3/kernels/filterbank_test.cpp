#include "nodes/mp3/kernels/filterbank.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <numbers>
#include <random>
#include <vector>

namespace sluice::mp3 {
namespace {

// ISO/IEC 11172-3 Figure C.4, the flow chart of the analysis filterbank, word for word.
class FlowChart {
 public:
  std::array<double, 32> next(const float* samples) {
    for (int i = 511; i >= 32; --i) x_[i] = x_[i - 32];
    for (int i = 31; i >= 0; --i) x_[i] = samples[31 - i];
    std::array<double, 64> y{};
    for (int i = 0; i < 64; ++i)
      for (int j = 0; j < 8; ++j) y[i] += kWindowD65536[i + 64 * j] / 65536.0 / 32.0 * x_[i + 64 * j];
    std::array<double, 32> s{};
    for (int i = 0; i < 32; ++i)
      for (int k = 0; k < 64; ++k) s[i] += std::cos((2 * i + 1) * (k - 16) * std::numbers::pi / 64) * y[k];
    return s;
  }

 private:
  std::array<double, 512> x_{};
};

std::vector<float> noise(int count, float amplitude) {
  std::minstd_rand random(7);
  std::uniform_real_distribution<float> value(-amplitude, amplitude);
  std::vector<float> x(static_cast<std::size_t>(count));
  for (float& sample : x) sample = value(random);
  return x;
}

TEST(FilterbankTest, EqualsTheFlowChartOfTheStandard) {
  const auto x = noise(4 * kLines, 1.0f);
  Polyphase bank;
  FlowChart chart;
  for (int granule = 0; granule < 4; ++granule) {
    const auto samples = std::span(x).subspan(static_cast<std::size_t>(granule * kLines)).first<kLines>();
    SubbandGranule out;
    bank.analyse(samples, out);
    for (int slot = 0; slot < kSlots; ++slot) {
      const auto expected = chart.next(samples.data() + 32 * slot);
      for (int sb = 0; sb < kSubbands; ++sb) EXPECT_NEAR(out[slot][sb], expected[sb], 2e-6);
    }
  }
}

TEST(FilterbankTest, PutsASineIntoItsSubbandAtItsAmplitude) {
  Polyphase bank;
  SubbandGranule out;
  std::array<float, kLines> x;
  for (int granule = 0; granule < 3; ++granule) {
    for (int n = 0; n < kLines; ++n)
      x[n] = std::sin(static_cast<float>((granule * kLines + n) * std::numbers::pi * 5.5 / 32));
    bank.analyse(x, out);
  }
  double inside = 0.0;
  double outside = 0.0;
  for (const auto& slot : out)
    for (int sb = 0; sb < kSubbands; ++sb) (sb == 5 ? inside : outside) += slot[sb] * slot[sb];
  EXPECT_NEAR(inside / kSlots, 0.5, 0.01);  // mean square of a full-scale sine
  EXPECT_LT(outside / inside, 1e-8);        // the prototype stops 96 dB
}

TEST(FilterbankTest, TakesNanForSilenceAndClampsTheRest) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  auto bad = noise(kLines, 1.0f);
  auto clean = bad;
  bad[100] = nan;
  clean[100] = 0.0f;
  bad[200] = -inf;
  clean[200] = -kMaxSample;
  bad[300] = 1e30f;
  clean[300] = kMaxSample;
  SubbandGranule from_bad;
  SubbandGranule from_clean;
  Polyphase().analyse(std::span<const float>(bad).first<kLines>(), from_bad);
  Polyphase().analyse(std::span<const float>(clean).first<kLines>(), from_clean);
  EXPECT_EQ(from_bad, from_clean);
}

TEST(FilterbankTest, ResetForgetsThePast) {
  const auto x = noise(kLines, 1.0f);
  const auto samples = std::span(x).first<kLines>();
  SubbandGranule first;
  SubbandGranule again;
  Polyphase bank;
  bank.analyse(samples, first);
  bank.reset();
  bank.analyse(samples, again);
  EXPECT_EQ(first, again);
}

}  // namespace
}  // namespace sluice::mp3
