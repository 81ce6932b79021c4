#include "engine/core/denormals.h"

#include <gtest/gtest.h>

#include <limits>

namespace sluice {
namespace {

// Out of the compiler's sight.
float halved(float normal) {
  volatile float x = normal;
  return x * 0.5f;
}

constexpr float kSmallestNormal = std::numeric_limits<float>::min();

TEST(DenormalsOff, MakesDenormalResultsAndOperandsZero) {
  if (!DenormalsOff::possible()) GTEST_SKIP() << "this machine has no such mode";
  const DenormalsOff off;
  EXPECT_EQ(halved(kSmallestNormal), 0.0f);
  volatile float denormal = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(denormal * 1e30f, 0.0f);
}

TEST(DenormalsOff, GivesTheModeBackThatWasThereBefore) {
  {
    const DenormalsOff off;
    const DenormalsOff twice;
  }
  EXPECT_GT(halved(kSmallestNormal), 0.0f);
}

}  // namespace
}  // namespace sluice
