#include "nodes/mp3/kernels/seek_points.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace sluice::mp3 {
namespace {

// 256ths of the file, exact.
std::vector<double> exact_table(const std::vector<std::size_t>& frames, std::size_t head) {
  double total = static_cast<double>(head);
  for (const std::size_t bytes : frames) total += static_cast<double>(bytes);
  std::vector<double> table;
  for (std::size_t percent = 0; percent < 100; ++percent) {
    double before = static_cast<double>(head);
    const std::size_t frame = std::min(frames.size() - 1, (frames.size() * percent + 50) / 100);
    for (std::size_t n = 0; n < frame; ++n) before += static_cast<double>(frames[n]);
    table.push_back(256 * before / total);
  }
  return table;
}

TEST(SeekPointsTest, FollowFramesThatGrow) {
  for (const std::size_t count : {1u, 7u, 100u, 799u, 800u, 801u, 1601u, 20000u}) {
    std::vector<std::size_t> frames;
    SeekPoints points;
    for (std::size_t n = 0; n < count; ++n) {
      frames.push_back(104 + 940 * n / count);
      points.add(frames.back());
    }
    const SeekTable table = points.table(417);
    const auto exact = exact_table(frames, 417);
    const double step = 2 * 256.0 / 400 + 1;  // a point's distance at twice the mean bitrate, and rounding
    for (std::size_t percent = 0; percent < 100; ++percent)
      EXPECT_NEAR(table[percent], exact[percent], step) << percent << " % of " << count << " frames";
  }
}

TEST(SeekPointsTest, NeverGoBack) {
  SeekPoints points;
  for (int n = 0; n < 5000; ++n) points.add(n % 3 == 0 ? 1044u : 104u);
  const SeekTable table = points.table(208);
  for (std::size_t percent = 1; percent < 100; ++percent) EXPECT_GE(table[percent], table[percent - 1]);
  EXPECT_NEAR(table[50], 128, 2);
}

TEST(SeekPointsTest, AnEmptyStreamHasATableOfZeros) {
  EXPECT_EQ(SeekPoints().table(417), SeekTable{});
}

}  // namespace
}  // namespace sluice::mp3
