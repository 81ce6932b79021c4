// Search for the two borders between the Huffman regions of a long block, all second borders at once.
#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

constexpr int kEdges = 32;  // 23 edges and room
constexpr int kLastEdge = kRegionBands;
constexpr std::int16_t kImpossible = 0x7fff;

constexpr int kShortLanes = 2 * kLanes;
typedef std::int16_t Shorts __attribute__((vector_size(4 * kLanes)));
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

// Bits of the pairs between edge `from` and each of the edges in the lanes, whose largest values are `largest`, under
// the cheapest table for that value. `escapes`: whether any is above 15.
inline Shorts cheapest(const Columns& count, int from, int lanes, Shorts largest, bool escapes) {
  const auto bits = [&](int counter) { return load<Shorts>(&count[counter][lanes]) - count[counter][from]; };
  Shorts best = largest > 0 ? bits(0) : Shorts{};
  best = largest > 1 ? least(bits(1), bits(2)) : best;
  best = largest > 2 ? least(bits(3), bits(4)) : best;
  best = largest > 3 ? least(least(bits(5), bits(6)), bits(7)) : best;
  best = largest > 5 ? least(least(bits(8), bits(9)), bits(10)) : best;
  best = largest > 7 ? least(bits(11), bits(12)) : best;
  if (!escapes) return best;
  const Shorts low = bits(13) + bits(15) * low_linbits(largest);
  const Shorts high = bits(14) + bits(15) * high_linbits(largest);
  return largest > 15 ? least(low, high) : best;
}

// Bits of any run of bands.
struct RunCosts {
  alignas(64) std::int16_t between[kRegionBands][kEdges];  // [from][to], to > from
  alignas(64) std::int16_t rest[kEdges];                   // from an edge to the end
};

inline void fill(const PairCounts* prefix, const std::int16_t* largest, int bands, RunCosts& cost) {
  alignas(64) Columns count;
  transpose(prefix, count);
  for (int to = 0; to < kEdges; to += kShortLanes) {
    store(cost.rest + to, Shorts{});
    for (int from = bands; from <= kMaxRegion0; ++from) store(&cost.between[from][to], Shorts{});
    Shorts most = {};  // largest value between the current edge and those in the lanes
    bool escapes = false;
    for (int from = bands - 1; from >= 0; --from) {
      escapes = escapes || largest[from] > 15;
      most = edges_from(to) > all(from) ? greatest(most, all(largest[from])) : most;
      store(&cost.between[from][to], cheapest(count, from, to, most, escapes));
    }
  }
  for (int from = 0; from < bands; ++from) cost.rest[from] = cost.between[from][kLastEdge];
}

}  // namespace

RegionBorders find_regions(const PairCounts* prefix, const std::int16_t* largest, int bands, int no_border) {
  RunCosts cost;
  fill(prefix, largest, bands, cost);
  const int last_border1 = bands < 1 ? 1 : bands < kMaxRegion0 ? bands : kMaxRegion0;
  alignas(64) std::int16_t fewest[kEdges];  // by border2
  alignas(64) std::int16_t border1s[kEdges];
  for (int to = 0; to < kEdges; to += kShortLanes) {
    const Shorts edge = edges_from(to);
    const Shorts allowed = (edge <= all(kLastEdge)) & (edge != all(no_border));
    const Shorts rest = load<Shorts>(cost.rest + to);
    Shorts best = all(kImpossible);
    Shorts chosen = {};
    for (int border1 = 1; border1 <= last_border1; ++border1) {
      if (border1 == no_border) continue;
      const Shorts bits = load<Shorts>(&cost.between[border1][to]) + rest + all(cost.between[0][border1]);
      const Shorts reached = allowed & (edge > all(border1)) & (edge <= all(border1 + kMaxRegion1));
      const Shorts better = reached & (bits < best);
      best = better ? bits : best;
      chosen = better ? all(border1) : chosen;
    }
    store(fewest + to, best);
    store(border1s + to, chosen);
  }
  int key = kImpossible * kEdges;  // bits and border2 in one number
  for (int border2 = 0; border2 < kEdges; ++border2) {
    const int candidate = fewest[border2] * kEdges + border2;
    key = candidate < key ? candidate : key;
  }
  return {border1s[key % kEdges], key % kEdges, key / kEdges};
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
