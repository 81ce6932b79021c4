#include "nodes/mp3/kernels/mdct.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace sluice::mp3 {
namespace {

constexpr double kPi = std::numbers::pi;

SubbandGranule noise(unsigned seed) {
  std::minstd_rand random(seed);
  std::uniform_real_distribution<float> value(-1.0f, 1.0f);
  SubbandGranule granule;
  for (auto& slot : granule)
    for (float& s : slot) s = value(random);
  return granule;
}

// 2.4.3.4.10.3: the four window shapes, written out.
double window(BlockType type, int i) {
  switch (type) {
    case BlockType::kNormal:
      return std::sin(kPi / 36 * (i + 0.5));
    case BlockType::kStart:
      return i < 18   ? std::sin(kPi / 36 * (i + 0.5))
             : i < 24 ? 1.0
             : i < 30 ? std::sin(kPi / 12 * (i - 18 + 0.5))
                      : 0.0;
    case BlockType::kStop:
      return i < 6 ? 0.0 : i < 12 ? std::sin(kPi / 12 * (i - 6 + 0.5)) : i < 18 ? 1.0 : std::sin(kPi / 36 * (i + 0.5));
    case BlockType::kShort:
      return std::sin(kPi / 12 * (i + 0.5));
  }
  return 0.0;
}

double inverted(const SubbandGranule& previous, const SubbandGranule& current, int i, int sb) {
  const double sample = i < 18 ? previous[i][sb] : current[i - 18][sb];
  return sb % 2 == 1 && i % 2 == 1 ? -sample : sample;  // 18 is even: parity of i is parity of the slot
}

// C.1.5.3.3 and Table B.9 by the formulas; lines ascending in frequency.
std::array<double, kLines> literal_long(const SubbandGranule& previous, const SubbandGranule& current, BlockType type) {
  std::array<double, kLines> x{};
  for (int sb = 0; sb < 32; ++sb)
    for (int k = 0; k < 18; ++k)
      for (int i = 0; i < 36; ++i)
        x[18 * sb + k] += inverted(previous, current, i, sb) * window(type, i) / 9 *
                          std::cos(kPi / 72 * (2 * i + 1 + 18) * (2 * k + 1));
  for (int sb = 1; sb < 32; ++sb)
    for (int i = 0; i < 8; ++i) {
      const double cs = 1 / std::sqrt(1 + kAliasC[i] * kAliasC[i]);
      const double ca = kAliasC[i] * cs;
      const double up = x[18 * sb - 1 - i];
      const double down = x[18 * sb + i];
      x[18 * sb - 1 - i] = up * cs + down * ca;
      x[18 * sb + i] = down * cs - up * ca;
    }
  return x;
}

TEST(MdctTest, LongBlocksEqualTheFormula) {
  const HybridMdct mdct(*StreamFormat::at_rate(44100, 1));
  const auto a = noise(1);
  const auto b = noise(2);
  for (const BlockType type : {BlockType::kNormal, BlockType::kStart, BlockType::kStop}) {
    Spectrum out;
    mdct.transform(a, b, type, out);
    const auto expected = literal_long(a, b, type);
    for (int i = 0; i < kLines; ++i) EXPECT_NEAR(out.line[i], expected[i], 2e-6) << static_cast<int>(type) << ' ' << i;
  }
}

TEST(MdctTest, ShortBlocksEqualTheFormulaInStreamOrder) {
  const auto format = *StreamFormat::at_rate(48000, 1);
  const auto a = noise(3);
  const auto b = noise(4);
  Spectrum out;
  HybridMdct(format).transform(a, b, BlockType::kShort, out);
  int at = 0;
  for (int band = 0; band < kShortBands; ++band)
    for (int w = 0; w < 3; ++w)
      for (int line = format.short_edges()[band]; line < format.short_edges()[band + 1]; ++line, ++at) {
        double expected = 0.0;
        for (int i = 0; i < 12; ++i)
          expected += inverted(a, b, 6 + 6 * w + i, line / 6) * window(BlockType::kShort, i) / 3 *
                      std::cos(kPi / 24 * (2 * i + 1 + 6) * (2 * (line % 6) + 1));
        EXPECT_NEAR(out.line[at], expected, 2e-6) << at;
      }
}

}  // namespace
}  // namespace sluice::mp3
