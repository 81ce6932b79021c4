#include "nodes/mp3/kernels/huffman_writer.h"

#include <algorithm>

#include "nodes/mp3/kernels/simd.h"

namespace sluice::mp3 {
namespace {

struct Codes {
  HuffmanCode pair[32][256] = {};  // [table_select][16 x + y], x and y clamped to 15
  int longest[32] = {};            // of a pair, with linbits and signs
  HuffmanCode quad[2][16] = {};    // [count1table_select][8 v + 4 w + 2 x + y]

  Codes() {
    for (std::size_t t = 1; t < 32; ++t)
      if (kHuffman[t].xlen > 0) fill_pairs(kHuffman[t], pair[t], longest[t]);
    for (std::size_t t = 0; t < 2; ++t)
      for (int i = 0; i < 16; ++i) quad[t][i] = packed(kHuffman[32 + t], i);
  }

  static void fill_pairs(const HuffmanTable& table, HuffmanCode (&codes)[256], int& longest) {
    for (int x = 0; x < table.xlen; ++x)
      for (int y = 0; y < table.xlen; ++y) codes[16 * x + y] = packed(table, x * table.xlen + y);
    longest = *std::ranges::max_element(table.length) + 2 * (table.linbits + 1);
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
          .linbits = {linbits(0), linbits(1), linbits(2)}};
}

}  // namespace

BitWriter put_lines(const StreamFormat& format, const QuantizedGranule& granule, BitWriter out) {
  const Simd& use = simd();
  const CodedRegions regions = regions_of(format, granule);
  const int pairs = granule.big_values + 2 * granule.count1;
  PairTails tails;
  use.pair_tails(granule.line.data(), 2 * pairs, regions, tails);
  for (std::size_t region = 0; region < 3; ++region) {
    const std::size_t select = granule.table_select[region];
    if (select == 0) continue;
    out = use.put_pairs(codes().pair[select], codes().longest[select], tails, regions.edge[region] / 2,
                        regions.edge[region + 1] / 2, out);
  }
  return use.put_quads(codes().quad[granule.count1table_select], tails, granule.big_values, pairs, out);
}

}  // namespace sluice::mp3
