#include "nodes/mp3/kernels/huffman_writer.h"

#include <algorithm>

#include "nodes/mp3/kernels/simd.h"

namespace sluice::mp3 {
namespace {

struct Codes {
  HuffmanCode pair[32][256] = {};  // [table_select][16 x + y], x and y clamped to 15; table 0 codes zeros, by nothing
  HuffmanCode quad[2][16] = {};    // [count1table_select][8 v + 4 w + 2 x + y]

  Codes() {
    for (std::size_t t = 0; t < 32; ++t)
      for (int x = 0; x < kHuffman[t].xlen; ++x)
        for (int y = 0; y < kHuffman[t].xlen; ++y) pair[t][16 * x + y] = packed(kHuffman[t], x * kHuffman[t].xlen + y);
    for (std::size_t t = 0; t < 2; ++t)
      for (int i = 0; i < 16; ++i) quad[t][i] = packed(kHuffman[32 + t], i);
  }

  static HuffmanCode packed(const HuffmanTable& table, int i) {
    const auto at = static_cast<std::size_t>(i);
    return static_cast<HuffmanCode>(table.code[at]) << 8 | table.length[at];
  }
};

const Codes& codes() {
  static const Codes instance;
  return instance;
}

CodedRegions regions_of(const StreamFormat& format, const QuantizedGranule& g) {
  const auto end = static_cast<std::int16_t>(2 * g.big_values);
  std::int16_t border1 = end;
  std::int16_t border2 = end;
  if (g.block_type != BlockType::kNormal) {
    border1 = static_cast<std::int16_t>(format.implied_region1_line(g.block_type == BlockType::kShort));
  } else {
    const auto edges = format.long_edges();
    border1 = edges[std::min<std::size_t>(g.region0_count + 1u, kLongBands)];
    border2 = edges[std::min<std::size_t>(g.region0_count + g.region1_count + 2u, kLongBands)];
  }
  const auto linbits = [&](std::size_t region) {
    return static_cast<std::int16_t>(kHuffman[g.table_select[region]].linbits);
  };
  return {.edge = {0, std::min(border1, end), std::min(border2, end), end},
          .linbits = {linbits(0), linbits(1), linbits(2)},
          .table = {g.table_select[0], g.table_select[1], g.table_select[2]}};
}

// Pairs before this one may have linbits, and then take more bits than those behind it: 19 for the code and 2 for
// signs.
int last_with_linbits(const CodedRegions& regions) {
  for (std::size_t region = 3; region > 0; --region)
    if (regions.linbits[region - 1] > 0) return regions.edge[region] / 2;
  return 0;
}

}  // namespace

BitWriter put_lines(const StreamFormat& format, const QuantizedGranule& granule, BitWriter out) {
  const Simd& use = simd();
  const CodedRegions regions = regions_of(format, granule);
  const int pairs = granule.big_values + 2 * granule.count1;
  const int split = last_with_linbits(regions);
  PairSymbols symbols;
  use.pair_symbols(granule.line.data(), 2 * pairs, regions, symbols);
  out = use.put_long_pairs(codes().pair[0], symbols, 0, split, out);
  out = use.put_pairs(codes().pair[0], symbols, split, granule.big_values, out);
  return use.put_quads(codes().quad[granule.count1table_select], symbols, granule.big_values, pairs, out);
}

}  // namespace sluice::mp3
