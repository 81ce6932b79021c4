#include "nodes/mp3/kernels/huffman.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "nodes/mp3/kernels/stream_format.h"

namespace sluice::mp3 {
namespace {

// A spectrum that falls off like music, with values up to about `peak`.
Magnitudes falling(unsigned seed, double peak) {
  std::minstd_rand random(seed);
  Magnitudes x{};
  for (int i = 0; i < kLines; ++i) {
    std::exponential_distribution<double> value(1.0 / (peak * std::exp(-i / 80.0) + 1e-3));
    x[i] = static_cast<std::int16_t>(std::min<double>(value(random), kMaxQuantized));
  }
  return x;
}

HuffmanPlan plan_with_maxima(const Magnitudes& x, std::span<const std::int16_t, 23> edges, int no_border) {
  std::array<std::int16_t, kLongBands> largest;
  for (std::size_t b = 0; b < largest.size(); ++b)
    largest[b] = *std::max_element(x.begin() + edges[b], x.begin() + edges[b + 1]);
  return plan_long(x, largest, edges, no_border);
}

// Bits of a run of pairs under one table, from the table of the standard alone; -1 if it cannot be coded.
int bits_with(int table_number, const Magnitudes& x, int from, int to) {
  const HuffmanTable& table = kHuffman[table_number];
  int bits = 0;
  for (int i = from; i < to; i += 2) {
    if (table.xlen == 0) {
      if (x[i] != 0 || x[i + 1] != 0) return -1;
      continue;
    }
    const int limit = table.xlen - 1;
    if (x[i] > table.max_value || x[i + 1] > table.max_value) return -1;
    bits += table.length[std::min<int>(x[i], limit) * table.xlen + std::min<int>(x[i + 1], limit)];
    for (int value : {x[i], x[i + 1]}) bits += (value > 0) + (value >= 15 && table.linbits > 0 ? table.linbits : 0);
  }
  return bits;
}

int count1_bits(const Magnitudes& x, const HuffmanPlan& plan) {
  int bits = 0;
  for (int i = 2 * plan.big_values; i < 2 * plan.big_values + 4 * plan.count1; i += 4) {
    EXPECT_LE(*std::max_element(x.begin() + i, x.begin() + i + 4), 1);
    bits += kHuffman[32 + plan.count1table_select].length[8 * x[i] + 4 * x[i + 1] + 2 * x[i + 2] + x[i + 3]];
    bits += x[i] + x[i + 1] + x[i + 2] + x[i + 3];
  }
  return bits;
}

TEST(HuffmanTest, ThePlanCostsWhatTheTablesOfTheStandardSay) {
  const auto format = *StreamFormat::at_rate(44100, 2);
  for (const double peak : {0.5, 1.0, 3.0, 9.0, 40.0, 800.0, 9000.0}) {
    const Magnitudes x = falling(1, peak);
    const HuffmanPlan plan = plan_with_maxima(x, format.long_edges(), -1);
    const int end = 2 * plan.big_values;
    const int border1 = std::min<int>(end, format.long_edges()[plan.region0_count + 1]);
    const int border2 = std::min<int>(end, format.long_edges()[plan.region0_count + plan.region1_count + 2]);
    const int first = bits_with(plan.table_select[0], x, 0, border1);
    const int second = bits_with(plan.table_select[1], x, border1, border2);
    const int third = bits_with(plan.table_select[2], x, border2, end);
    ASSERT_GE(std::min({first, second, third}), 0) << peak;
    EXPECT_EQ(plan.bits, first + second + third + count1_bits(x, plan)) << peak;
    EXPECT_TRUE(
        std::all_of(x.begin() + end + 4 * plan.count1, x.begin() + kLines, [](int value) { return value == 0; }));
  }
}

TEST(HuffmanTest, NoOtherBordersAreCheaper) {
  const auto format = *StreamFormat::at_rate(44100, 2);
  const auto cheapest = [](const Magnitudes& x, int from, int to) {
    const int largest = from < to ? *std::max_element(x.begin() + from, x.begin() + to) : 0;
    int best = 1 << 20;
    // The smallest tables that hold the largest value: what an encoder would try.
    for (int table = 0; table < 32; ++table) {
      if (table == 4 || table == 14 || kHuffman[table].max_value < largest) continue;
      if (largest <= 15 && kHuffman[table].linbits > 0) continue;
      if (table > 0 && largest <= 7 && kHuffman[table].max_value > std::max(2 * largest, 3)) continue;
      const int bits = bits_with(table, x, from, to);
      if (bits >= 0) best = std::min(best, bits);
    }
    return best;
  };
  for (const double peak : {2.0, 12.0}) {
    const Magnitudes x = falling(5, peak);
    const HuffmanPlan plan = plan_with_maxima(x, format.long_edges(), -1);
    const int end = 2 * plan.big_values;
    int best = 1 << 20;
    for (int b1 = 1; b1 <= 16; ++b1)
      for (int b2 = b1 + 1; b2 <= std::min(b1 + 8, 22); ++b2) {
        const int border1 = std::min<int>(end, format.long_edges()[b1]);
        const int border2 = std::min<int>(end, format.long_edges()[b2]);
        best = std::min(best, cheapest(x, 0, border1) + cheapest(x, border1, border2) + cheapest(x, border2, end));
      }
    // Larger tables than needed now and then win a few bits; the plan does not try them.
    EXPECT_LE(plan.bits - count1_bits(x, plan), best * 1.01) << peak;
  }
}

TEST(HuffmanTest, NeverPutsABorderWhereDecodersDisagree) {
  const auto format = *StreamFormat::at_rate(24000, 2);
  for (unsigned seed = 0; seed < 200; ++seed) {
    const HuffmanPlan plan = plan_with_maxima(falling(seed, 1 + seed % 60), format.long_edges(), 18);
    EXPECT_NE(plan.region0_count + 1, 18);
    EXPECT_NE(plan.region0_count + plan.region1_count + 2, 18);
  }
}

TEST(HuffmanTest, SilenceCostsNothing) {
  const HuffmanPlan plan = plan_with_maxima(Magnitudes{}, StreamFormat::at_rate(44100, 2)->long_edges(), -1);
  EXPECT_EQ(plan.bits, 0);
  EXPECT_EQ(plan.big_values, 0);
  EXPECT_EQ(plan.count1, 0);
}

TEST(HuffmanTest, SwitchedBlocksSplitAtTheImpliedLine) {
  Magnitudes x{};
  for (int i = 0; i < 36; ++i) x[i] = 14;
  for (int i = 36; i < 100; ++i) x[i] = 2;
  const HuffmanPlan plan = plan_switched(x, 36);
  EXPECT_EQ(plan.bits, bits_with(plan.table_select[0], x, 0, 36) + bits_with(plan.table_select[1], x, 36, 100));
  EXPECT_LE(kHuffman[plan.table_select[1]].max_value, 3);
}

}  // namespace
}  // namespace sluice::mp3
