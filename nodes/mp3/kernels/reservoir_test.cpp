#include "nodes/mp3/kernels/reservoir.h"

#include <gtest/gtest.h>

#include <random>

namespace sluice::mp3 {
namespace {

TEST(ReservoirTest, NeverPromisesWhatItDoesNotHold) {
  std::minstd_rand random(1);
  for (const int bitrate : {32, 128, 320}) {
    const auto format = *StreamFormat::make(44100, 2, bitrate);
    ConstantReservoir reservoir(format, 511, false);
    std::uniform_real_distribution<float> demand(100.0f, 5000.0f);
    int banked = 0;
    for (int frame = 0; frame < 2000; ++frame) {
      const auto budget = reservoir.open(demand(random));
      EXPECT_LE(budget.target_bits, budget.max_bits);
      const int used = std::uniform_int_distribution<int>(0, budget.max_bits)(random);
      const auto closing = reservoir.close(used);
      const int slot = format.frame_bytes_unpadded() + (closing.padding ? 1 : 0) - 36;
      EXPECT_EQ(budget.max_bits, 8 * (slot + banked));
      EXPECT_EQ(closing.main_data_begin, banked);
      EXPECT_EQ((used + closing.stuffing_bits) % 8, 0);
      banked += slot - (used + closing.stuffing_bits) / 8;
      EXPECT_EQ(banked, reservoir.banked_bytes());
      EXPECT_GE(banked, 0);
      EXPECT_LE(banked, reservoir.limit_bytes());
    }
  }
}

TEST(ReservoirTest, SpendsTheMeanBitrate) {
  ConstantReservoir reservoir(*StreamFormat::make(48000, 2, 128), 511, false);
  double sum = 0.0;
  for (int frame = 0; frame < 1000; ++frame) {
    const auto budget = reservoir.open(frame % 10 == 0 ? 3000.0f : 1000.0f);
    sum += budget.target_bits;
    reservoir.close(budget.target_bits);
  }
  EXPECT_NEAR(sum / 1000, (384 - 36) * 8, 10);
}

TEST(ReservoirTest, DemandingFramesGetMore) {
  ConstantReservoir reservoir(*StreamFormat::make(48000, 2, 128), 511, false);
  int quiet = 0;
  for (int frame = 0; frame < 50; ++frame) {
    quiet = reservoir.open(1000.0f).target_bits;
    reservoir.close(quiet);
  }
  EXPECT_GT(reservoir.open(2000.0f).target_bits, quiet + 800);
}

TEST(ReservoirTest, ARestartEmptiesTheBankInTime) {
  ConstantReservoir reservoir(*StreamFormat::make(44100, 2, 128), 511, false);
  for (int frame = 0; frame < 20; ++frame) reservoir.close(reservoir.open(1000.0f).target_bits - 200);
  ASSERT_GT(reservoir.banked_bytes(), 100);
  reservoir.request_restart(4);
  for (int frame = 0; frame < 4; ++frame) reservoir.close(reservoir.open(1000.0f).target_bits - 30);
  EXPECT_EQ(reservoir.banked_bytes(), 0);
}

TEST(ReservoirTest, OffMeansOff) {
  ConstantReservoir reservoir(*StreamFormat::make(44100, 2, 128), 0, false);
  for (int frame = 0; frame < 20; ++frame) {
    reservoir.open(1000.0f);
    EXPECT_EQ(reservoir.close(1000).main_data_begin, 0);
  }
}

TEST(VariableReservoirTest, NeverPromisesWhatItDoesNotHold) {
  std::minstd_rand random(2);
  for (const int rate_hz : {8000, 22050, 44100}) {
    const auto format = *StreamFormat::at_rate(rate_hz, 2);
    const BitrateRange range = *bitrate_range(format, 0, 0);
    VariableReservoir reservoir(format, range, 0.0, 511, false);
    int banked = 0;
    for (int frame = 0; frame < 2000; ++frame) {
      const auto budget = reservoir.open(1000.0f);
      const auto closing = reservoir.close(std::uniform_int_distribution<int>(0, budget.max_bits)(random));
      EXPECT_LE(closing.main_data_begin, banked);
      EXPECT_GE(closing.bitrate_index, range.least);
      EXPECT_LE(closing.bitrate_index, range.most);
      EXPECT_GE(closing.stuffing_bits, 0);
      banked = reservoir.banked_bytes();
      EXPECT_LE(banked, reservoir.limit_bytes());
      EXPECT_LE(banked, format.max_main_data_begin());
    }
  }
}

TEST(VariableReservoirTest, TakesTheLeastFrameThatHoldsTheBits) {
  const auto format = *StreamFormat::make(44100, 2, 128);
  VariableReservoir reservoir(format, *bitrate_range(format, 0, 0), 0.0, 0, false);
  reservoir.open(1000.0f);
  EXPECT_EQ(reservoir.close(8 * (417 - 36)).bitrate_index, 9);  // 128 kbit/s
  reservoir.open(1000.0f);
  EXPECT_EQ(reservoir.close(8 * (417 - 36) + 1).bitrate_index, 10);
}

TEST(BitrateRangeTest, NeedsBitratesOfTheStandardInOrder) {
  const auto format = *StreamFormat::make(44100, 2, 128);
  EXPECT_TRUE(bitrate_range(format, 0, 0).has_value());
  EXPECT_TRUE(bitrate_range(format, 64, 64).has_value());
  EXPECT_FALSE(bitrate_range(format, 65, 0).has_value());
  EXPECT_FALSE(bitrate_range(format, 0, 24).has_value());
  EXPECT_FALSE(bitrate_range(format, 128, 64).has_value());
}

TEST(PaddingClockTest, MakesTheMeanFrameExact) {
  const auto format = *StreamFormat::make(44100, 2, 128);
  PaddingClock clock(format);
  int bytes = 0;
  for (int frame = 0; frame < 44100; ++frame) bytes += format.frame_bytes_unpadded() + (clock.next() ? 1 : 0);
  EXPECT_EQ(bytes, 144 * 128000);
}

}  // namespace
}  // namespace sluice::mp3
