#include "nodes/dsp/kernels/g711.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace sluice::dsp {
namespace {

// Decision values x_n at the segment ends and number of steps, ITU-T G.711 Table 1a (A-law, 13-bit magnitudes to 4096)
// and Table 2a (mu-law, 14-bit magnitudes to 8159): the slow oracle counts steps from zero.
struct Segment {
  int end, steps;
};
constexpr std::array kAlawTable{Segment{64, 32},   Segment{128, 16},  Segment{256, 16}, Segment{512, 16},
                                Segment{1024, 16}, Segment{2048, 16}, Segment{4096, 16}};

std::vector<int> alaw_decisions() {
  std::vector<int> x{0};
  for (const Segment& s : kAlawTable) {
    const int start = x.back();
    for (int n = 1; n <= s.steps; ++n) x.push_back(start + (s.end - start) * n / s.steps);
  }
  return x;
}

std::vector<int> ulaw_decisions() {  // 0, 1, 3, ... 31, 35, ... 95, 103, ... 8159
  std::vector<int> x{0, 1};
  for (int n = 1; n < 16; ++n) x.push_back(2 * n + 1);
  for (int segment = 1; segment < 8; ++segment)
    for (int n = 0; n < 16; ++n) x.push_back(x.back() + (2 << segment));
  return x;
}

int interval_of(double magnitude, const std::vector<int>& decisions) {
  int n = 0;
  while (n + 2 < static_cast<int>(decisions.size()) && magnitude >= decisions[static_cast<std::size_t>(n) + 1]) ++n;
  return n;
}

std::int16_t sample_at(int n) {
  return static_cast<std::int16_t>(n - 32768);
}
// 16-bit units to the tables' units; half a unit inside the interval that ones' complement puts a negative tie into.
double table_magnitude(std::int16_t s, double scale) {
  return (s < 0 ? -1.0 - s : s) / scale;
}

TEST(G711, TablesOfTheOracleAreThoseOfTheRecommendation) {
  EXPECT_EQ(alaw_decisions().size(), 129u);  // 128 intervals a side
  EXPECT_EQ(alaw_decisions().back(), 4096);
  EXPECT_EQ(ulaw_decisions().size(), 129u);
  EXPECT_EQ(ulaw_decisions()[16], 31);
  EXPECT_EQ(ulaw_decisions()[112], 4063);
  EXPECT_EQ(ulaw_decisions().back(), 8159);
}

TEST(G711, AlawEncodesEverySampleIntoTheIntervalOfTable1a) {
  const auto x = alaw_decisions();
  for (int n = 0; n < 65536; ++n) {
    const std::int16_t s = sample_at(n);
    const int expected = interval_of(table_magnitude(s, 8), x) | (s < 0 ? 0 : 0x80);
    ASSERT_EQ(alaw_encode(s), expected ^ 0x55) << s;
  }
}

TEST(G711, UlawEncodesEverySampleIntoTheIntervalOfTable2a) {
  const auto x = ulaw_decisions();
  for (int n = 0; n < 65536; ++n) {
    const std::int16_t s = sample_at(n);
    const int expected = ~(interval_of(table_magnitude(s, 4), x) | (s < 0 ? 0x80 : 0)) & 0xFF;
    ASSERT_EQ(ulaw_encode(s), expected) << s;
  }
}

TEST(G711, DecodesToTheMiddleOfEachInterval) {
  const auto a = alaw_decisions(), u = ulaw_decisions();
  for (int n = 0; n < 128; ++n) {
    const auto i = static_cast<std::size_t>(n);
    const int a_middle = (a[i] + a[i + 1]) * 4;               // 13-bit to 16-bit, halved
    const int u_middle = n == 0 ? 0 : (u[i] + u[i + 1]) * 2;  // y_0 is 0
    EXPECT_EQ(alaw_decode(static_cast<std::uint8_t>((n | 0x80) ^ 0x55)), a_middle);
    EXPECT_EQ(alaw_decode(static_cast<std::uint8_t>(n ^ 0x55)), -a_middle);
    EXPECT_EQ(ulaw_decode(static_cast<std::uint8_t>(~n)), u_middle);
    EXPECT_EQ(ulaw_decode(static_cast<std::uint8_t>(~(n | 0x80))), -u_middle);
  }
}

TEST(G711, EveryCodeSurvivesDecodingAndEncoding) {
  for (int code = 0; code < 256; ++code) {
    const auto c = static_cast<std::uint8_t>(code);
    EXPECT_EQ(alaw_encode(alaw_decode(c)), c);
    EXPECT_EQ(ulaw_encode(ulaw_decode(c)), c == 0x7F ? 0xFF : c);  // 0x7F is minus zero
  }
}

// Table 4 of G.711 (the 1 kHz digital milliwatt, mu-law 1E 0B 0B 1E 9E 8B 8B 9E) is symmetric about zero.
TEST(G711, DigitalMilliwattIsASineAt0dBm0) {
  constexpr std::array<std::uint8_t, 8> kMilliwatt{0x1E, 0x0B, 0x0B, 0x1E, 0x9E, 0x8B, 0x8B, 0x9E};
  double power = 0, sum = 0;
  for (const std::uint8_t code : kMilliwatt) {
    const double y = ulaw_decode(code) / 32768.0;
    power += y * y / 8;
    sum += y;
  }
  EXPECT_EQ(sum, 0);
  // Clause 4: full load is +3.17 dBm0 for mu-law, and a full-scale sine has power 1/2 (8159 of 8192).
  EXPECT_NEAR(10 * std::log10(2 * power) + 3.17, 0.0, 0.05);
}

}  // namespace
}  // namespace sluice::dsp
