#include "engine/node/clock_face.h"

#include <gtest/gtest.h>

#include <thread>

namespace sluice {
namespace {

using namespace std::chrono_literals;

TEST(ClockFace, ShowsEachReadingOnce) {
  ClockFace face;
  std::uint64_t seen = 0, other = 0;
  EXPECT_FALSE(face.read(seen));
  face.show({Time(5ms), Time(2ms)});
  const auto reading = face.read(seen);
  ASSERT_TRUE(reading);
  EXPECT_EQ(reading->at, Time(5ms));
  EXPECT_EQ(reading->capture_time, Time(2ms));
  EXPECT_FALSE(face.read(seen));
  EXPECT_TRUE(face.read(other)) << "another reader";
}

TEST(ClockFace, NeverShowsHalfOfAReading) {
  ClockFace face;
  constexpr int kReadings = 20'000;
  std::jthread writer([&] {
    for (int n = 1; n <= kReadings; ++n) face.show({Time(Duration(2 * n)), Time(Duration(n))});
  });
  std::uint64_t seen = 0;
  for (Time last{}; last < Time(Duration(2 * kReadings));) {
    const auto reading = face.read(seen);
    if (!reading) continue;
    ASSERT_EQ(reading->at.time_since_epoch(), 2 * reading->capture_time.time_since_epoch());
    ASSERT_GT(reading->at, last);
    last = reading->at;
  }
}

}  // namespace
}  // namespace sluice
