#include "nodes/mp3/kernels/coding_rate.h"

#include <gtest/gtest.h>

#include "nodes/mp3/kernels/stream_format.h"

namespace sluice::mp3 {
namespace {

TEST(CodingRateTest, ARateOfTheStandardIsItsOwnNearest) {
  for (const int rate : kRateHz) EXPECT_EQ(nearest_rate_hz(rate), rate);
}

TEST(CodingRateTest, TheNearestLosesNothing) {
  EXPECT_EQ(nearest_rate_hz(4000), 8000);
  EXPECT_EQ(nearest_rate_hz(37800), 44100);
  EXPECT_EQ(nearest_rate_hz(96000), 48000);
  EXPECT_EQ(nearest_rate_hz(88200), 44100);
}

TEST(CodingRateTest, FallsWithTheBitrateOfAChannel) {
  EXPECT_EQ(coding_rate_hz(44100, 2, 128), 44100);
  EXPECT_EQ(coding_rate_hz(44100, 2, 64), 32000);
  EXPECT_EQ(coding_rate_hz(44100, 1, 64), 44100);
  EXPECT_EQ(coding_rate_hz(48000, 1, 32), 32000);
  EXPECT_LT(coding_rate_hz(48000, 2, 32), 32000);
}

TEST(CodingRateTest, RisesToWhereTheBitrateExists) {
  EXPECT_EQ(coding_rate_hz(8000, 1, 128), 16000);
  EXPECT_EQ(coding_rate_hz(22050, 2, 320), 32000);
}

TEST(CodingRateTest, OtherwiseNeverRaisesTheRate) {
  for (const int rate : kRateHz)
    for (const int kbps : bitrates_for(rate))
      for (const int channels : {1, 2}) {
        const int coded = coding_rate_hz(rate, channels, kbps);
        EXPECT_LE(coded, rate);
        EXPECT_TRUE(StreamFormat::make(coded, channels, kbps).has_value()) << kbps << " at " << rate;
      }
}

}  // namespace
}  // namespace sluice::mp3
