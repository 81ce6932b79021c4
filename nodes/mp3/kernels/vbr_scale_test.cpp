#include "nodes/mp3/kernels/vbr_scale.h"

#include <gtest/gtest.h>

namespace sluice::mp3 {
namespace {

TEST(VbrScaleTest, EveryStepDownAllowsMoreNoiseAndTakesFewerBits) {
  for (double quality = 0.0; quality < kWorstQuality; quality += 0.25) {
    EXPECT_LT(vbr_offset(quality, 1000.0f), vbr_offset(quality + 0.25, 1000.0f)) << quality;
    EXPECT_GT(vbr_nominal_kbps(quality, 44100, 2), vbr_nominal_kbps(quality + 0.25, 44100, 2)) << quality;
  }
}

TEST(VbrScaleTest, ADemandingGranuleIsRelieved) {
  EXPECT_GT(vbr_offset(4.0, 2000.0f), vbr_offset(4.0, 1000.0f));
  EXPECT_EQ(vbr_offset(4.0, 0.0f), vbr_offset(4.0, 1.0f));
}

TEST(VbrScaleTest, OneChannelAndLowRatesTakeLess) {
  EXPECT_LT(vbr_nominal_kbps(4.0, 44100, 1), vbr_nominal_kbps(4.0, 44100, 2));
  EXPECT_LT(vbr_nominal_kbps(4.0, 22050, 2), vbr_nominal_kbps(4.0, 44100, 2));
}

}  // namespace
}  // namespace sluice::mp3
