#include "nodes/sdr/kernels/iq_samples.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <vector>

namespace sluice::sdr {
namespace {

TEST(IqSamples, ThatAreNoNumbersAreFoundWhereverTheyAre) {
  using Limits = std::numeric_limits<float>;
  for (std::size_t count = 0; count < 40; ++count)
    for (std::size_t at = 0; at < 2 * count; ++at)
      for (const float bad : {Limits::quiet_NaN(), -Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
        std::vector<float> axes(2 * count, at % 2 == 0 ? Limits::max() : -Limits::denorm_min());
        std::vector<Sample> samples(count), expected(count, Sample(axes[0], axes[0]));
        axes[at] = bad;
        expected[at / 2] = 0;
        EXPECT_EQ(unpack_iq(IqFormat::cf32, std::as_bytes(std::span(axes)), samples).invalid, 1u);
        EXPECT_EQ(samples, expected);
      }
}

TEST(IqSamples, OfEveryFormatAreExactAtTheEndsOfTheScale) {
  const std::vector<std::uint8_t> bytes{0x00, 0x80, 0xff, 0x7f};
  std::vector<Sample> one(1), two(2);
  unpack_iq(IqFormat::cs16, std::as_bytes(std::span(bytes)), one);
  EXPECT_EQ(one[0], Sample(-1, 32767.0f / 32768));
  unpack_iq(IqFormat::cu8, std::as_bytes(std::span(bytes)), two);
  EXPECT_EQ(two, (std::vector<Sample>{{-1, 0.5f / 127.5f}, {1, -0.5f / 127.5f}}));
}

}  // namespace
}  // namespace sluice::sdr
