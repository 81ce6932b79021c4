#include "nodes/mp3/kernels/huffman.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace sluice::mp3 {
namespace {

// Tables that can code the same largest value form a group; a region tries every table of its group.
constexpr int kGroups = 8;
constexpr int kEscapeGroup = 7;
constexpr std::array<std::array<int, 3>, kGroups> kGroupTables = {
    {{0, 0, 0}, {1, 1, 1}, {2, 3, 3}, {5, 6, 6}, {7, 8, 9}, {10, 11, 12}, {13, 15, 15}, {16, 24, 24}}};
constexpr std::array<std::uint8_t, 16> kGroupOfMax = {0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 6, 6, 6, 6, 6, 6};

int group_of(int largest) {
  return largest > 15 ? kEscapeGroup : kGroupOfMax[largest];
}

// Three 20-bit counters in one word: the code lengths of a pair, signs included, under the three tables of its group.
// 288 pairs of at most 21 bits stay far below 2^20. In the escape group the third counts the escaped values.
using Packed = std::uint64_t;
constexpr int kField = 20;
constexpr Packed kFieldMask = (Packed{1} << kField) - 1;

struct Lengths {
  // [group][16 x + y], x and y clamped to 15.
  Packed pair[kGroups][256] = {};
  // Both count1 tables: bits under A in the low half, under B in the high half. [8 v + 4 w + 2 x + y]
  std::uint32_t quad[16] = {};

  Lengths() {
    for (int group = 1; group < kGroups; ++group)
      for (int x = 0; x < 16; ++x)
        for (int y = 0; y < 16; ++y) pair[group][16 * x + y] = packed_length(group, x, y);
    for (int i = 0; i < 16; ++i) {
      const std::uint32_t signs = static_cast<std::uint32_t>(std::popcount(static_cast<unsigned>(i)));
      quad[i] = (kHuffman[32].length[i] + signs) | (kHuffman[33].length[i] + signs) << 16;
    }
  }

  static Packed packed_length(int group, int x, int y) {
    const Packed signs = (x > 0) + (y > 0);
    Packed packed = 0;
    for (int i = 0; i < 3; ++i) {
      const HuffmanTable& table = kHuffman[kGroupTables[group][i]];
      if (x >= table.xlen || y >= table.xlen) return 0;  // never looked up: the group is too small for the pair
      packed |= (table.length[x * table.xlen + y] + signs) << (kField * i);
    }
    if (group != kEscapeGroup) return packed;
    const Packed escapes = (x == 15) + (y == 15);
    return (packed & ~(kFieldMask << (2 * kField))) | escapes << (2 * kField);
  }
};

const Lengths& lengths() {
  static const Lengths instance;
  return instance;
}

int field(Packed packed, int i) {
  return static_cast<int>(packed >> (kField * i) & kFieldMask);
}

struct Choice {
  int bits;
  int table;
};

// First table of the escape family starting at `first` whose linbits reach `largest`.
int escape_table(int first, int largest) {
  int table = first;
  while (kHuffman[table].max_value < largest) ++table;
  return table;
}

Choice cheapest(Packed sum, int largest) {
  const int group = group_of(largest);
  if (group == 0) return {0, 0};
  if (group == kEscapeGroup) {
    const int low = escape_table(16, largest);
    const int high = escape_table(24, largest);
    const int low_bits = field(sum, 0) + field(sum, 2) * kHuffman[low].linbits;
    const int high_bits = field(sum, 1) + field(sum, 2) * kHuffman[high].linbits;
    return low_bits < high_bits ? Choice{low_bits, low} : Choice{high_bits, high};
  }
  Choice best{field(sum, 0), kGroupTables[group][0]};
  for (int i = 1; i < 3; ++i)
    if (field(sum, i) < best.bits) best = {field(sum, i), kGroupTables[group][i]};
  return best;
}

Packed sum_pairs(const Magnitudes& x, int from, int to, int group) {
  const Packed* const table = lengths().pair[group];
  Packed sum = 0;
  if (group == kEscapeGroup) {
    for (int i = from; i < to; i += 2) sum += table[16 * std::min<int>(x[i], 15) + std::min<int>(x[i + 1], 15)];
  } else {
    for (int i = from; i < to; i += 2) sum += table[16 * x[i] + x[i + 1]];
  }
  return sum;
}

int largest_in(const Magnitudes& x, int from, int to) {
  std::int16_t largest = 0;
  for (int i = from; i < to; ++i) largest = std::max(largest, x[i]);
  return largest;
}

// Splits off the trailing zeros and the quadruples of 0 and +-1; returns the number of lines left to the big values.
int plan_count1(const Magnitudes& x, HuffmanPlan& plan) {
  int end = kLines;
  while (end > 0 && (x[end - 1] | x[end - 2]) == 0) end -= 2;
  int start = end;
  std::uint32_t bits = 0;
  while (start >= 4 && (x[start - 1] | x[start - 2] | x[start - 3] | x[start - 4]) <= 1) {
    bits += lengths().quad[8 * x[start - 4] + 4 * x[start - 3] + 2 * x[start - 2] + x[start - 1]];
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

// Search for the two borders of a long block. Sums over any run of bands come from prefix sums, one per group present.
class RegionSearch {
 public:
  RegionSearch(const Magnitudes& x, int lines, std::span<const std::int16_t, 23> edges) {
    std::array<bool, kGroups> present{};
    std::array<int, kLongBands> band_group{};
    for (bands_ = 0; bands_ < kLongBands && edges[bands_] < lines; ++bands_) {
      largest_[bands_] = largest_in(x, edges[bands_], std::min<int>(edges[bands_ + 1], lines));
      band_group[bands_] = group_of(largest_[bands_]);
      present[band_group[bands_]] = true;
    }
    for (int group = 1; group < kGroups; ++group) {
      if (!present[group]) continue;
      for (int band = 0; band < bands_; ++band) {
        const bool fits = band_group[band] <= group;  // a larger value never meets this group
        const int end = std::min<int>(edges[band + 1], lines);
        prefix_[group][band + 1] = prefix_[group][band] + (fits ? sum_pairs(x, edges[band], end, group) : 0);
      }
    }
  }

  int bands() const { return bands_; }
  int largest(int band) const { return largest_[band]; }
  Choice region(int from, int to, int largest) const {
    const int group = group_of(largest);
    return cheapest(prefix_[group][to] - prefix_[group][from], largest);
  }

 private:
  int bands_ = 0;
  std::array<int, kLongBands> largest_{};
  Packed prefix_[kGroups][kLongBands + 1] = {};
};

}  // namespace

HuffmanPlan plan_long(const Magnitudes& x, std::span<const std::int16_t, 23> edges, int no_border) {
  constexpr int kMaxRegion0 = 16;  // region0_count is 4 bits, region1_count 3
  constexpr int kMaxRegion1 = 8;
  HuffmanPlan plan;
  const int lines = plan_count1(x, plan);
  const RegionSearch search(x, lines, edges);
  const int bands = search.bands();
  std::array<Choice, kLongBands + 1> rest;  // from a band to the end
  rest[bands] = {0, 0};
  for (int band = bands - 1, largest = 0; band >= 0; --band) {
    largest = std::max(largest, search.largest(band));
    rest[band] = search.region(band, bands, largest);
  }
  int best_bits = std::numeric_limits<int>::max();
  const auto consider = [&](int border1, int border2, Choice first, Choice second) {
    const Choice third = rest[std::min(border2, bands)];
    if (first.bits + second.bits + third.bits >= best_bits || border1 == no_border || border2 == no_border) return;
    best_bits = first.bits + second.bits + third.bits;
    plan.region0_count = border1 - 1;
    plan.region1_count = border2 - border1 - 1;
    plan.table_select = {static_cast<std::uint8_t>(first.table), static_cast<std::uint8_t>(second.table),
                         static_cast<std::uint8_t>(third.table)};
  };
  for (int border1 = 1, largest0 = 0; border1 <= std::min(kMaxRegion0, std::max(bands, 1)); ++border1) {
    if (border1 <= bands) largest0 = std::max(largest0, search.largest(border1 - 1));
    const Choice first = search.region(0, std::min(border1, bands), largest0);
    if (first.bits >= best_bits) break;
    int largest1 = 0;
    for (int border2 = border1 + 1; border2 <= std::min(border1 + kMaxRegion1, kLongBands); ++border2) {
      if (border2 <= bands) largest1 = std::max(largest1, search.largest(border2 - 1));
      const int from = std::min(border1, bands);
      consider(border1, border2, first, search.region(from, std::min(border2, bands), largest1));
      if (border2 >= bands && border2 != no_border) break;
    }
  }
  plan.bits += best_bits;
  return plan;
}

HuffmanPlan plan_switched(const Magnitudes& x, int region1_line) {
  HuffmanPlan plan;
  const int lines = plan_count1(x, plan);
  const int border = std::min(region1_line, lines);
  const std::array<int, 3> edge = {0, border, lines};
  for (int region = 0; region < 2; ++region) {
    const int largest = largest_in(x, edge[region], edge[region + 1]);
    const Choice choice = cheapest(sum_pairs(x, edge[region], edge[region + 1], group_of(largest)), largest);
    plan.table_select[region] = static_cast<std::uint8_t>(choice.table);
    plan.bits += choice.bits;
  }
  return plan;
}

}  // namespace sluice::mp3
