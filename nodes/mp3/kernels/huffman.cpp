#include "nodes/mp3/kernels/huffman.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "nodes/mp3/kernels/simd.h"

namespace sluice::mp3 {
namespace {

// A pair's code lengths, signs included, are added up under all tables at once, one counter for each. The escape tables
// 16..23 share their codes, as do 24..31; a last counter takes the escaped values, to be multiplied by linbits.
constexpr std::array<std::uint8_t, kPairCounters - 1> kCounterTable = {1,  2,  3,  5,  6,  7,  8, 9,
                                                                       10, 11, 12, 13, 15, 16, 24};
constexpr int kLowEscapes = 13;
constexpr int kHighEscapes = 14;
constexpr int kEscaped = 15;

// Counters of the tables that can code a largest value of 0..15; a region tries each. For 0 there is nothing to count:
// the counter of escapes is 0 then, as is the number of the table.
using Candidates = std::array<std::uint8_t, 3>;
constexpr Candidates kNone = {kEscaped, kEscaped, kEscaped};
constexpr Candidates kUpTo5 = {5, 6, 7};
constexpr Candidates kUpTo7 = {8, 9, 10};
constexpr Candidates kUpTo15 = {11, 12, 12};
constexpr std::array<Candidates, 16> kCandidates = {kNone,   {0, 0, 0}, {1, 2, 2}, {3, 4, 4}, kUpTo5,  kUpTo5,
                                                    kUpTo7,  kUpTo7,    kUpTo15,   kUpTo15,   kUpTo15, kUpTo15,
                                                    kUpTo15, kUpTo15,   kUpTo15,   kUpTo15};

struct Lengths {
  alignas(64) PairCounts pair[256] = {};  // [16 x + y], x and y clamped to 15
  // Both count1 tables: bits under A in the low half, under B in the high half. [8 v + 4 w + 2 x + y]
  std::uint32_t quad[16] = {};

  Lengths() {
    for (int x = 0; x < 16; ++x)
      for (int y = 0; y < 16; ++y) fill_pair(x, y);
    for (unsigned i = 0; i < 16; ++i) {
      const auto signs = static_cast<std::uint32_t>(std::popcount(i));
      quad[i] = (kHuffman[32].length[i] + signs) | (kHuffman[33].length[i] + signs) << 16;
    }
  }

  // Tables too small for the pair keep 0: a region with such a pair never looks at them.
  void fill_pair(int x, int y) {
    PairCounts& counts = pair[16 * x + y];
    const int signs = (x > 0) + (y > 0);
    for (std::size_t counter = 0; counter < kCounterTable.size(); ++counter) {
      const HuffmanTable& table = kHuffman[kCounterTable[counter]];
      if (x >= table.xlen || y >= table.xlen) continue;
      counts[counter] = static_cast<std::uint16_t>(table.length[static_cast<std::size_t>(x * table.xlen + y)] + signs);
    }
    counts[kEscaped] = static_cast<std::uint16_t>((x == 15) + (y == 15));
  }
};

const Lengths& lengths() {
  static const Lengths instance;
  return instance;
}

// Bits and table in one number, so that the least is the cheapest: 32 bits + table.
using Choice = int;
constexpr int bits_of(Choice choice) {
  return choice >> 5;
}
constexpr std::uint8_t table_of(Choice choice) {
  return static_cast<std::uint8_t>(choice & 31);
}

// First table of the escape family starting at `first` whose linbits reach `largest`.
int escape_table(int first, int largest) {
  int table = first;
  while (kHuffman[table].max_value < largest) ++table;
  return table;
}

Choice cheapest_escape(const PairCounts& from, const PairCounts& to, int largest) {
  const auto cost = [&](int counter, int first) {
    const int table = escape_table(first, largest);
    const int bits = to[counter] - from[counter] + (to[kEscaped] - from[kEscaped]) * kHuffman[table].linbits;
    return 32 * bits + table;
  };
  return std::min(cost(kLowEscapes, 16), cost(kHighEscapes, 24));
}

// The cheapest table for the pairs counted in `to` and not in `from`, the largest value among them being `largest`.
Choice cheapest(const PairCounts& from, const PairCounts& to, int largest) {
  constexpr std::array<std::uint8_t, kPairCounters> kTable = {1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 24, 0};
  if (largest > 15) return cheapest_escape(from, to, largest);
  const Candidates& candidates = kCandidates[largest];
  const auto cost = [&](int i) { return 32 * (to[candidates[i]] - from[candidates[i]]) + kTable[candidates[i]]; };
  return std::min({cost(0), cost(1), cost(2)});
}

// Four lines of 0 or 1 in one word, the first in the lowest 16 bits.
static_assert(std::endian::native == std::endian::little);
std::uint64_t quad_at(const Magnitudes& x, int line) {
  std::uint64_t word;
  std::memcpy(&word, x.data() + line, sizeof word);
  return word;
}
// 8 v + 4 w + 2 x + y.
unsigned quad_index(std::uint64_t word) {
  return static_cast<unsigned>(word * 0x0008'0004'0002'0001u >> 48);
}

// Splits off the trailing zeros and the quadruples of 0 and +-1; returns the number of lines left to the big values.
int plan_count1(const Magnitudes& x, HuffmanPlan& plan) {
  const Lengths& table = lengths();
  int end = kLines;
  while (end >= 16 && (quad_at(x, end - 4) | quad_at(x, end - 8) | quad_at(x, end - 12) | quad_at(x, end - 16)) == 0)
    end -= 16;
  while (end >= 4 && quad_at(x, end - 4) == 0) end -= 4;
  if (end > 0 && (x[end - 1] | x[end - 2]) == 0) end -= 2;
  int start = end;
  std::uint32_t bits = 0;
  while (start >= 4) {
    const std::uint64_t word = quad_at(x, start - 4);
    if ((word & ~0x0001'0001'0001'0001u) != 0) break;
    bits += table.quad[quad_index(word)];
    start -= 4;
  }
  const int bits_a = static_cast<int>(bits & 0xffff);
  const int bits_b = static_cast<int>(bits >> 16);
  plan.count1 = (end - start) / 4;
  plan.count1table_select = bits_b < bits_a ? 1 : 0;
  plan.bits = std::min(bits_a, bits_b);
  plan.big_values = start / 2;
  return start;
}

std::int16_t largest_in(const Magnitudes& x, int from, int to) {
  std::int16_t largest = 0;
  for (int i = from; i < to; ++i) largest = std::max(largest, x[i]);
  return largest;
}

// Of the big values, which end before `lines`.
BandMaxima maxima_before(int lines, const Magnitudes& x, std::span<const std::int16_t> largest,
                         std::span<const std::int16_t, 23> edges) {
  BandMaxima most;
  for (int b = 0; b < kLongBands; ++b) {
    const bool big = edges[b] < lines;
    most.of_band[b] = big ? largest[b] : std::int16_t{0};
    most.bands += big ? 1 : 0;
  }
  std::fill(most.of_band + kLongBands, most.of_band + BandMaxima::kSlots, std::int16_t{0});
  const int last = most.bands - 1;
  if (last >= 0 && edges[last + 1] > lines) most.of_band[last] = largest_in(x, edges[last], lines);
  return most;
}

}  // namespace

HuffmanPlan plan_long(const Magnitudes& x, std::span<const std::int16_t> largest,
                      std::span<const std::int16_t, 23> edges, int no_border) {
  HuffmanPlan plan;
  const int lines = plan_count1(x, plan);
  const BandMaxima maxima = maxima_before(lines, x, largest, edges);
  alignas(64) PairCounts prefix[kRegionRows];
  simd().pair_sums(lengths().pair, x.data(), edges.data(), kLongBands, lines, prefix);
  const RegionBorders found = simd().find_regions(prefix, maxima, no_border);
  plan.bits += found.bits;
  plan.region0_count = found.border1 - 1;
  plan.region1_count = found.border2 - found.border1 - 1;
  const std::array<int, 4> border = {0, found.border1, found.border2, kLongBands};
  for (std::size_t region = 0; region < 3; ++region)
    plan.table_select[region] =
        table_of(cheapest(prefix[border[region]], prefix[border[region + 1]], found.largest[region]));
  return plan;
}

HuffmanPlan plan_switched(const Magnitudes& x, int region1_line) {
  HuffmanPlan plan;
  const int lines = plan_count1(x, plan);
  const auto border = static_cast<std::int16_t>(std::min(region1_line, lines));
  const std::array<std::int16_t, 3> edge = {0, border, static_cast<std::int16_t>(lines)};
  alignas(64) PairCounts prefix[3];
  simd().pair_sums(lengths().pair, x.data(), edge.data(), 2, lines, prefix);
  for (int region = 0; region < 2; ++region) {
    const int largest = largest_in(x, edge[region], edge[region + 1]);
    const Choice choice = cheapest(prefix[region], prefix[region + 1], largest);
    plan.table_select[region] = table_of(choice);
    plan.bits += bits_of(choice);
  }
  return plan;
}

}  // namespace sluice::mp3
