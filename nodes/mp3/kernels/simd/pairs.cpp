// Huffman code lengths of pairs, under all tables at once.
#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

constexpr int kMaxLines = 576;
constexpr int kCountLanes = kLanes < 8 ? 8 : 16;  // counters in a register

typedef std::uint16_t Counts __attribute__((vector_size(2 * kCountLanes)));
typedef std::int16_t Shorts __attribute__((vector_size(4 * kLanes)));
typedef std::int16_t Indices __attribute__((vector_size(2 * kLanes)));

// 16 x + y of every pair, clamped to 15; a pair is read as one little-endian word.
inline void index_pairs(const std::int16_t* x, int lines, std::int16_t* index) {
  for (int i = 0; i < lines; i += 2 * kLanes) {
    const Shorts q = least(load<Shorts>(x + i), Shorts{} + std::int16_t{15});
    const Ints pair = reinterpret_cast<Ints>(q);
    store(index + i / 2, __builtin_convertvector((pair << 4 | pair >> 16) & 0xff, Indices));
  }
}

}  // namespace

void pair_sums(const PairCounts* lengths, const std::int16_t* x, const std::int16_t* edges, int bands, int lines,
               PairCounts* prefix) {
  std::int16_t index[kMaxLines / 2];
  index_pairs(x, lines, index);
  for (int part = 0; part < kPairCounters; part += kCountLanes) {
    Counts sum = {};
    store(prefix[0] + part, sum);
    for (int band = 0; band < bands; ++band) {
      const int end = edges[band + 1] < lines ? edges[band + 1] : lines;
      for (int i = edges[band] / 2; i < end / 2; ++i) sum += load<Counts>(lengths[index[i]] + part);
      store(prefix[band + 1] + part, sum);
    }
  }
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
