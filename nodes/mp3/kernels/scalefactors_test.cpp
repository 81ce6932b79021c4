#include "nodes/mp3/kernels/scalefactors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "nodes/mp3/kernels/scalefactor_choice.h"

namespace sluice::mp3 {
namespace {

struct Wanted {
  float index;
  float finest = kMinStepIndex;
};

struct Case {
  StreamFormat format;
  BandLayout layout;
  QuantizedGranule granule;
  std::vector<Wanted> wanted;
  std::vector<int> obtained;

  Case(int rate_hz, BlockType type) : format(*StreamFormat::at_rate(rate_hz, 2)), layout(Bands(format).of(type)) {
    granule.block_type = type;
    wanted.assign(static_cast<std::size_t>(layout.count), Wanted{0.0f});
    obtained.assign(static_cast<std::size_t>(layout.count), 0);
  }
  void choose() {
    ScalefactorWishes steps{};
    std::ranges::fill(steps.index, kAnyStep);
    std::ranges::fill(steps.finest, static_cast<float>(kMinStepIndex));
    for (std::size_t b = 0; b < wanted.size(); ++b) {
      steps.index[b] = wanted[b].index;
      steps.finest[b] = wanted[b].finest;
    }
    std::array<float, kBandSlots> indices;
    ScalefactorChoice(format, layout, granule.block_type == BlockType::kShort).choose(steps, granule, indices);
    std::copy_n(indices.begin(), obtained.size(), obtained.begin());
  }

  // The requantiser's exponent of a band, ISO/IEC 11172-3 2.4.3.4.7.
  int exponent(int band) const {
    const bool short_block = granule.block_type == BlockType::kShort;
    const int step = granule.scalefac_scale ? 4 : 2;
    const int pre = granule.preflag ? kPretab[band] : 0;
    return granule.global_gain - (short_block ? 8 * granule.subblock_gain[band % 3] : 0) -
           step * (granule.scalefac[band] + pre);
  }
};

class EveryVersion : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Rates, EveryVersion, testing::Values(44100, 24000, 16000));

TEST_P(EveryVersion, StepsComeNearTheWantedOnesAndCanBeTransmitted) {
  std::minstd_rand random(4);
  std::uniform_real_distribution<float> scatter(-7.0f, 7.0f);
  for (const BlockType type : {BlockType::kNormal, BlockType::kShort, BlockType::kStart}) {
    for (int round = 0; round < 50; ++round) {
      Case c(GetParam(), type);
      for (Wanted& w : c.wanted) w.index = 150.0f + scatter(random);
      std::fill(c.wanted.begin() + c.layout.coded, c.wanted.end(), Wanted{150.0f});
      c.choose();
      int part2 = 0;
      int band = 0;
      for (const ScalefactorRun& run : scalefactor_runs(c.format, c.granule)) {
        part2 += run.bands * run.bits;
        for (int i = 0; i < run.bands; ++i, ++band) EXPECT_LT(c.granule.scalefac[band], 1 << run.bits);
      }
      EXPECT_EQ(c.granule.part2_length, part2);
      EXPECT_EQ(band, c.layout.coded);
      double square = 0.0;
      for (int b = 0; b < c.layout.count; ++b) {
        EXPECT_EQ(c.obtained[b], c.exponent(b));
        square += c.layout.width(b) * std::pow(c.obtained[b] - c.wanted[b].index, 2) / kLines;
      }
      EXPECT_LT(std::sqrt(square), 4.0);  // the wanted steps themselves scatter by 4 about their mean
    }
  }
}

TEST_P(EveryVersion, EqualStepsCostNoScalefactorBits) {
  Case c(GetParam(), BlockType::kNormal);
  for (Wanted& w : c.wanted) w.index = 160.0f;
  c.choose();
  EXPECT_EQ(c.granule.part2_length, 0);
  EXPECT_EQ(c.granule.global_gain, 160);
}

TEST(ScalefactorsTest, SilentBandsTakeWhateverIsCheapest) {
  Case c(44100, BlockType::kNormal);
  for (Wanted& w : c.wanted) w.index = kAnyStep;
  c.wanted[3].index = 140.0f;
  c.choose();
  EXPECT_EQ(c.obtained[3], 140);
  EXPECT_EQ(c.granule.part2_length, 0);
}

TEST(ScalefactorsTest, AQuietWindowGetsSubblockGain) {
  Case c(44100, BlockType::kShort);
  for (std::size_t b = 0; b < c.wanted.size(); ++b) c.wanted[b].index = b % 3 == 0 ? 120.0f : 160.0f;
  c.choose();
  EXPECT_EQ(c.granule.subblock_gain[0], 5);
  EXPECT_EQ(c.obtained[0], 120);
  EXPECT_EQ(c.obtained[1], 160);
}

TEST(ScalefactorsTest, NoStepIsTooFineForTheLargestCode) {
  Case c(44100, BlockType::kNormal);
  for (Wanted& w : c.wanted) w.index = 100.0f;
  c.wanted[2] = {180.0f, 178.0f};
  c.wanted[21] = {60.0f, 0.0f};
  c.choose();
  EXPECT_GE(c.obtained[2], 178);
}

TEST(ScalefactorsTest, At24KilohertzBands17And18ShareTheirScalefactor) {
  std::minstd_rand random(9);
  std::uniform_real_distribution<float> scatter(-10.0f, 10.0f);
  for (int round = 0; round < 100; ++round) {
    Case c(24000, BlockType::kNormal);
    for (Wanted& w : c.wanted) w.index = 150.0f + scatter(random);
    c.choose();
    EXPECT_EQ(c.granule.scalefac[17], c.granule.scalefac[18]);
  }
}

TEST(ScalefactorsTest, EqualScalefactorsAreSharedBetweenGranules) {
  Case first(44100, BlockType::kNormal);
  for (std::size_t b = 0; b < first.wanted.size(); ++b)
    first.wanted[b].index = 150.0f - static_cast<float>(b % 5) * 2.0f;
  first.choose();
  Case second = first;
  second.granule.scalefac[7] = static_cast<std::uint8_t>(second.granule.scalefac[7] + 1);
  code_scalefactors(second.format, second.granule);
  second.granule.part2_3_length = static_cast<std::uint16_t>(100 + second.granule.part2_length);
  share_scalefactors(second.format, first.granule, second.granule);
  EXPECT_EQ(second.granule.scfsi, 0b1101);  // band 7 is in group 1
  EXPECT_EQ(second.granule.part2_3_length, 100 + second.granule.part2_length);
}

}  // namespace
}  // namespace sluice::mp3
