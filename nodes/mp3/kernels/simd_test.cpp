// Every target of the run-time dispatch makes the same bytes.
#include "nodes/mp3/kernels/simd.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "nodes/mp3/kernels/encoder.h"

namespace sluice::mp3 {
namespace {

// Noise under chords that come and go, attacks, silence, overload and broken samples; right differs from left.
std::vector<std::vector<float>> eventful_signal(int granules, int rate_hz) {
  std::minstd_rand random(11);
  std::normal_distribution<float> noise(0.0f, 1.0f);
  std::vector<std::vector<float>> x(2, std::vector<float>(static_cast<std::size_t>(granules * kLines)));
  for (std::size_t n = 0; n < x[0].size(); ++n) {
    const double t = static_cast<double>(n) / rate_hz;
    const double decay = std::exp(-8.0 * std::fmod(t, 0.3));
    const bool silent = std::fmod(t, 1.1) < 0.15;
    for (int ch = 0; ch < 2; ++ch) {
      const double chord = std::sin(2764.0 * t) + std::sin((3483.0 + 40.0 * ch) * t) + std::sin(9000.0 * t * t);
      const double value = 0.3 * decay * chord + 0.2 * decay * decay * noise(random) + 0.002 * noise(random);
      x[static_cast<std::size_t>(ch)][n] =
          silent ? 0.0f : static_cast<float>(std::fmod(t, 1.7) < 0.05 ? 9 * value : value);
    }
  }
  x[0][5000] = std::numeric_limits<float>::quiet_NaN();
  x[1][9000] = std::numeric_limits<float>::infinity();
  return x;
}

std::vector<std::uint8_t> encode_with(const Simd& target, const StreamFormat& format,
                                      const std::vector<std::vector<float>>& x) {
  const Simd& before = simd();
  use_simd(target);
  std::vector<std::uint8_t> stream;
  const auto sink = [&](const MuxedFrame& frame) {
    stream.insert(stream.end(), frame.bytes.begin(), frame.bytes.end());
  };
  Encoder encoder(format, {});
  for (std::size_t at = 0; at < x[0].size(); at += kLines)
    encoder.encode(std::span(x[0]).subspan(at).first<kLines>(), std::span(x[1]).subspan(at).first<kLines>(), sink);
  encoder.finish(sink);
  use_simd(before);
  return stream;
}

class SimdTest : public testing::TestWithParam<std::tuple<int, int, int>> {};

TEST_P(SimdTest, EveryTargetMakesTheSameBytes) {
  const auto [rate_hz, channels, kbps] = GetParam();
  const auto format = StreamFormat::make(rate_hz, channels, kbps);
  ASSERT_TRUE(format);
  const auto x = eventful_signal(240, rate_hz);
  const auto reference = encode_with(*simd_targets().front(), *format, x);
  ASSERT_GT(reference.size(), 1000u);
  for (const Simd* target : simd_targets())
    EXPECT_EQ(encode_with(*target, *format, x), reference) << "with " << target->name;
}

INSTANTIATE_TEST_SUITE_P(Formats, SimdTest,
                         testing::Values(std::tuple{44100, 2, 128}, std::tuple{44100, 2, 320}, std::tuple{48000, 2, 96},
                                         std::tuple{32000, 1, 64}, std::tuple{24000, 2, 64}, std::tuple{16000, 1, 8}));

TEST(SimdTargets, TheBaselineRunsEverywhereAndComesFirst) {
  ASSERT_FALSE(simd_targets().empty());
  EXPECT_EQ(simd_targets().front()->name, "baseline");
}

}  // namespace
}  // namespace sluice::mp3
