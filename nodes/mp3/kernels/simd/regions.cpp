// Search for the two borders between the Huffman regions of a long block: all first borders at once, for each length of
// the second region.
#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

constexpr int kEdges = BandMaxima::kSlots;  // 23 and room
constexpr int kLastEdge = kRegionBands;
constexpr std::int16_t kImpossible = 0x7fff;

// Wherever the first border may be, edges 1..16, whatever the target's lanes.
typedef std::int16_t Shorts __attribute__((vector_size(32)));
constexpr int kShorts = 16;
static_assert(kMaxRegion0 == kShorts);
typedef std::int32_t Keys __attribute__((vector_size(64)));
typedef std::int16_t Shorts8 __attribute__((vector_size(16)));

// Counts by [counter][edge], so that lanes are edges.
using Columns = std::int16_t[kPairCounters][kEdges];

// Three perfect shuffles of 8 rows transpose an 8 by 8 square. The last row counts for those that would follow.
inline void transpose_square(const PairCounts* prefix, int edge, int counter, Columns& count) {
  Shorts8 row[8];
  for (int i = 0; i < 8; ++i) row[i] = load<Shorts8>(prefix[edge + i < kLastEdge ? edge + i : kLastEdge] + counter);
  for (int round = 0; round < 3; ++round) {
    Shorts8 next[8];
    for (int i = 0; i < 4; ++i) {
      next[2 * i] = __builtin_shufflevector(row[i], row[i + 4], 0, 8, 1, 9, 2, 10, 3, 11);
      next[2 * i + 1] = __builtin_shufflevector(row[i], row[i + 4], 4, 12, 5, 13, 6, 14, 7, 15);
    }
    for (int i = 0; i < 8; ++i) row[i] = next[i];
  }
  for (int i = 0; i < 8; ++i) store(&count[counter + i][edge], row[i]);
}

inline void transpose(const PairCounts* prefix, Columns& count) {
  for (int counter = 0; counter < kPairCounters; counter += 8) {
    for (int edge = 0; edge <= kLastEdge; edge += 8) transpose_square(prefix, edge, counter, count);
    for (int i = 0; i < 8; ++i) store(&count[counter + i][kEdges - 8], Shorts8{});
  }
}

inline Shorts all(int value) {
  return Shorts{} + static_cast<std::int16_t>(value);
}
// Edges first .. first + 15.
inline Shorts edges_from(int first) {
  static constexpr std::int16_t kNumbers[kEdges] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                                    16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31};
  return load<Shorts>(kNumbers + first);
}

// Fewest linbits of tables 16..23 that reach `largest`, and of tables 24..31. Table B.7.
inline Shorts low_linbits(Shorts largest) {
  return 1 - (largest > 16) - (largest > 18) - (largest > 22) - 2 * (largest > 30) - 2 * (largest > 78) -
         2 * (largest > 270) - 3 * (largest > 1038);
}
inline Shorts high_linbits(Shorts largest) {
  return 4 - (largest > 30) - (largest > 46) - (largest > 78) - (largest > 142) - (largest > 270) -
         2 * (largest > 526) - 2 * (largest > 2062);
}

// Bits of the runs of pairs, one in each lane, that `pairs` counts by counter and whose largest values are `largest`,
// under the cheapest table for that value. `escapes`: whether any is above 15.
template <typename Pairs>
inline Shorts cheapest(Pairs pairs, Shorts largest, bool escapes) {
  Shorts best = largest > 0 ? pairs(0) : Shorts{};
  best = largest > 1 ? least(pairs(1), pairs(2)) : best;
  best = largest > 2 ? least(pairs(3), pairs(4)) : best;
  best = largest > 3 ? least(least(pairs(5), pairs(6)), pairs(7)) : best;
  best = largest > 5 ? least(least(pairs(8), pairs(9)), pairs(10)) : best;
  best = largest > 7 ? least(pairs(11), pairs(12)) : best;
  if (!escapes) return best;
  const Shorts low = pairs(13) + pairs(15) * low_linbits(largest);
  const Shorts high = pairs(14) + pairs(15) * high_linbits(largest);
  return largest > 15 ? least(low, high) : best;
}

// Lanes one, two, four or eight places up, from `below` at the lower end; and down, from `above`.
template <int kBy>
inline Shorts up(Shorts v, Shorts below = Shorts{}) {
  constexpr int k = kShorts - kBy;
  return __builtin_shufflevector(below, v, k, k + 1, k + 2, k + 3, k + 4, k + 5, k + 6, k + 7, k + 8, k + 9, k + 10,
                                 k + 11, k + 12, k + 13, k + 14, k + 15);
}
template <int kBy>
inline Shorts down(Shorts v, Shorts above = Shorts{}) {
  constexpr int k = kBy;
  return __builtin_shufflevector(v, above, k, k + 1, k + 2, k + 3, k + 4, k + 5, k + 6, k + 7, k + 8, k + 9, k + 10,
                                 k + 11, k + 12, k + 13, k + 14, k + 15);
}

// Largest of the lanes up to each lane; and from each lane on. None is below 0.
inline Shorts largest_up_to(Shorts v) {
  v = greatest(v, up<1>(v));
  v = greatest(v, up<2>(v));
  v = greatest(v, up<4>(v));
  return greatest(v, up<8>(v));
}
inline Shorts largest_from(Shorts v) {
  v = greatest(v, down<1>(v));
  v = greatest(v, down<2>(v));
  v = greatest(v, down<4>(v));
  return greatest(v, down<8>(v));
}

// Bits of region 0 up to each edge, and of region 2 from each edge on, and their largest values.
struct Ends {
  alignas(64) std::int16_t before[kEdges];
  alignas(64) std::int16_t behind[kEdges];
  alignas(64) std::int16_t largest_before[kEdges];
  alignas(64) std::int16_t largest_behind[kEdges];
  bool escapes;

  Ends(const Columns& count, const BandMaxima& largest) {
    const Shorts low = load<Shorts>(largest.of_band);
    const Shorts high = load<Shorts>(largest.of_band + kShorts);
    const Shorts low_up = largest_up_to(low);
    const Shorts high_up = greatest(largest_up_to(high), all(low_up[kShorts - 1]));
    const Shorts high_down = largest_from(high);
    const Shorts low_down = greatest(largest_from(low), all(high_down[0]));
    escapes = low_down[0] > 15;
    fill(count, 0, up<1>(low_up), low_down);
    fill(count, kShorts, up<1>(high_up, low_up), high_down);
  }

  void fill(const Columns& count, int edge, Shorts most_before, Shorts most_behind) {
    const auto from_start = [&](int c) { return load<Shorts>(&count[c][edge]) - count[c][0]; };
    const auto to_end = [&](int c) { return count[c][kLastEdge] - load<Shorts>(&count[c][edge]); };
    store(before + edge, cheapest(from_start, most_before, escapes));
    store(behind + edge, cheapest(to_end, most_behind, escapes));
    store(largest_before + edge, most_before);
    store(largest_behind + edge, most_behind);
  }
};

// Lanes: first borders 1..16.
struct Best {
  Shorts bits = all(kImpossible);
  Shorts border2 = {};
  Shorts largest = {};  // value of region 1

  void offer(Shorts fewer, Shorts edge, Shorts most, Shorts allowed) {
    const Shorts better = allowed & (fewer < bits);
    bits = better ? fewer : bits;
    border2 = better ? edge : border2;
    largest = better ? most : largest;
  }

  // Of equal ones, that with the lowest second border, then first border.
  int lane() const {
    const Keys lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    Keys key = __builtin_convertvector(bits, Keys) << 10 | __builtin_convertvector(border2, Keys) << 5 | lanes;
    key = least(key, __builtin_shufflevector(key, key, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
    key = least(key, __builtin_shufflevector(key, key, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));
    key = least(key, __builtin_shufflevector(key, key, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
    key = least(key, __builtin_shufflevector(key, key, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));
    return key[0] & 31;
  }
};

}  // namespace

RegionBorders find_regions(const PairCounts* prefix, const BandMaxima& largest, int no_border) {
  alignas(64) Columns count;
  transpose(prefix, count);
  const Ends ends(count, largest);
  const Shorts border1 = edges_from(1);
  const Shorts region0 = load<Shorts>(ends.before + 1);
  const Shorts allowed1 = (border1 <= all(greatest(largest.bands, 1))) & (border1 != all(no_border));
  Shorts most = {};  // largest values of the second regions
  Best best;
  for (int region1 = 1; region1 <= kMaxRegion1; ++region1) {
    most = greatest(most, load<Shorts>(largest.of_band + region1));
    const auto pairs = [&](int c) { return load<Shorts>(&count[c][1 + region1]) - load<Shorts>(&count[c][1]); };
    const Shorts border2 = edges_from(1 + region1);
    const Shorts allowed = allowed1 & (border2 <= all(kLastEdge)) & (border2 != all(no_border));
    const Shorts bits = cheapest(pairs, most, ends.escapes) + region0 + load<Shorts>(ends.behind + 1 + region1);
    best.offer(bits, border2, most, allowed);
  }
  const int lane = best.lane();
  const int second = best.border2[lane];
  return {lane + 1,
          second,
          best.bits[lane],
          {ends.largest_before[lane + 1], best.largest[lane], ends.largest_behind[second]}};
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
