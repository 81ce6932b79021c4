#include "nodes/mp3/kernels/block_switch.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

namespace sluice::mp3 {
namespace {

using enum BlockType;

// Stationary noise of amplitude `level`, louder by 30 dB from slot `attack` on.
SubbandGranule noise(std::minstd_rand& random, float level, int attack = kSlots) {
  std::uniform_real_distribution<float> value(-level, level);
  SubbandGranule granule;
  for (int slot = 0; slot < kSlots; ++slot)
    for (float& s : granule[slot]) s = value(random) * (slot >= attack ? 30.0f : 1.0f);
  return granule;
}

TEST(AttackDetectorTest, FindsTheSlotOfAnAttack) {
  for (int attack = 0; attack < kSlots; attack += 2) {
    std::minstd_rand random(1);
    AttackDetector detector;
    for (int granule = 0; granule < 3; ++granule) detector.detect(noise(random, 0.01f));
    const AttackDetector::Rise rise = detector.detect(noise(random, 0.01f, attack));
    EXPECT_EQ(rise.slot, attack);
    EXPECT_GT(rise.ratio, 100.0f);
  }
}

TEST(AttackDetectorTest, SteadyNoiseIsNoAttack) {
  std::minstd_rand random(2);
  AttackDetector detector;
  detector.detect(noise(random, 0.01f));
  for (int granule = 0; granule < 100; ++granule) EXPECT_LT(detector.detect(noise(random, 0.01f)).ratio, 3.0f);
}

TEST(AttackDetectorTest, RoundingNoiseOutOfSilenceIsNoAttack) {
  std::minstd_rand random(3);
  AttackDetector detector;
  detector.detect(SubbandGranule{});
  EXPECT_LT(detector.detect(noise(random, 1.0f / 65536)).ratio, 3.0f);
}

std::vector<BlockType> types(const std::vector<std::optional<int>>& attacks) {
  BlockTypeSequencer sequencer;
  std::vector<BlockType> out;
  for (const auto& attack : attacks) out.push_back(sequencer.next(attack));
  return out;
}

TEST(BlockTypeSequencerTest, SurroundsAShortBlockWithStartAndStop) {
  EXPECT_EQ(types({{}, {}, 4, {}, {}, {}}), (std::vector{kNormal, kNormal, kStart, kShort, kStop, kNormal}));
}

TEST(BlockTypeSequencerTest, AnAttackLateInItsGranuleBelongsToTheNextBlock) {
  EXPECT_EQ(types({{}, 14, {}, {}, {}}), (std::vector{kNormal, kNormal, kStart, kShort, kStop}));
}

TEST(BlockTypeSequencerTest, NoSequenceIsIllegal) {
  std::minstd_rand random(4);
  BlockTypeSequencer sequencer;
  BlockType before = sequencer.next({});
  for (int granule = 0; granule < 10000; ++granule) {
    const int roll = static_cast<int>(random() % 40);
    const BlockType now = sequencer.next(roll < kSlots ? std::optional(roll) : std::nullopt);
    const bool short_slope_before = before == kStart || before == kShort;
    const bool short_slope_now = now == kShort || now == kStop;
    ASSERT_EQ(short_slope_before, short_slope_now) << granule;
    before = now;
  }
}

}  // namespace
}  // namespace sluice::mp3
