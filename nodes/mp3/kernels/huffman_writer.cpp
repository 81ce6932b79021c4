#include "nodes/mp3/kernels/huffman_writer.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "nodes/mp3/kernels/simd.h"

namespace sluice::mp3 {
namespace {

// A code with room for the signs behind it: the code, shifted left by one bit for each nonzero value, above 8 bits of
// the length that this makes.
using Code = std::uint32_t;

Code with_signs(std::uint32_t code, int length, int nonzero) {
  return code << (8 + nonzero) | static_cast<std::uint32_t>(length + nonzero);
}

struct Codes {
  Code pair[32][256] = {};  // [table_select][16 x + y], x and y clamped to 15
  Code quad[2][16] = {};    // [count1table_select][8 v + 4 w + 2 x + y]
  // Bits of the signs of a quadruple in a row: [which are nonzero][which are negative].
  std::uint8_t quad_signs[16][16] = {};

  Codes() {
    for (std::size_t t = 0; t < 32; ++t) fill_pairs(kHuffman[t], pair[t]);
    for (std::size_t i = 0; i < 16; ++i) {
      const int nonzero = std::popcount(i);
      for (std::size_t t = 0; t < 2; ++t)
        quad[t][i] = with_signs(kHuffman[32 + t].code[i], kHuffman[32 + t].length[i], nonzero);
      for (std::size_t negative = 0; negative < 16; ++negative)
        for (int bit = 3; bit >= 0; --bit)
          if ((i >> bit & 1) != 0)
            quad_signs[i][negative] = static_cast<std::uint8_t>(2 * quad_signs[i][negative] + (negative >> bit & 1));
    }
  }

  static void fill_pairs(const HuffmanTable& table, Code (&codes)[256]) {
    for (int x = 0; x < table.xlen; ++x)
      for (int y = 0; y < table.xlen; ++y) {
        const auto i = static_cast<std::size_t>(x * table.xlen + y);
        codes[16 * x + y] = with_signs(table.code[i], table.length[i], (x > 0) + (y > 0));
      }
  }
};

const Codes& codes() {
  static const Codes instance;
  return instance;
}

// Two pairs at a time: a pair has at most 21 bits.
void put_pairs(const Code* table, const std::uint16_t* symbol, int pairs, BitWriter& out) {
  BitWriter writer = out;
  const auto bits = [&](int i) { return static_cast<std::uint64_t>(table[symbol[i] & 0xff] >> 8 | symbol[i] >> 8); };
  const auto length = [&](int i) { return static_cast<int>(table[symbol[i] & 0xff] & 0xff); };
  int i = 0;
  for (; i + 2 <= pairs; i += 2) writer.put(bits(i) << length(i + 1) | bits(i + 1), length(i) + length(i + 1));
  if (i < pairs) writer.put(bits(i), length(i));
  out = writer;
}

// A value behind its pair's code, of at most 14 bits: what a 15 stands for in linbits, then the sign.
struct Tail {
  std::uint64_t bits;
  int length;

  Tail(int value, unsigned clamped, int linbits) {
    const int escaped = -(clamped == 15 ? 1 : 0);  // as a mask: which values escape cannot be predicted
    const int sign_bits = clamped != 0 ? 1 : 0;
    const auto above = static_cast<std::uint32_t>((std::abs(value) - 15) & escaped);
    bits = above << sign_bits | static_cast<std::uint32_t>(value < 0);
    length = (linbits & escaped) + sign_bits;
  }
};

// The same under a table with linbits, which stand between the code and the signs of escaped values: at most 47 bits a
// pair.
void put_pairs_with_escapes(const HuffmanTable& table, const std::uint16_t* symbol, const std::int16_t* line, int pairs,
                            BitWriter& out) {
  BitWriter writer = out;
  for (int i = 0; i < pairs; ++i) {
    const unsigned x = symbol[i] >> 4 & 15;
    const unsigned y = symbol[i] & 15;
    const Tail first(line[2 * i], x, table.linbits);
    const Tail second(line[2 * i + 1], y, table.linbits);
    const std::uint64_t code = table.code[16 * x + y];
    writer.put((code << first.length | first.bits) << second.length | second.bits,
               table.length[16 * x + y] + first.length + second.length);
  }
  out = writer;
}

void put_quads(std::size_t table_select, const std::int16_t* line, int quads, BitWriter& out) {
  const Codes& table = codes();
  BitWriter writer = out;
  for (int i = 0; i < quads; ++i, line += 4) {
    unsigned nonzero = 0;
    unsigned negative = 0;
    for (int k = 0; k < 4; ++k) {
      nonzero = 2 * nonzero + (line[k] != 0 ? 1u : 0u);
      negative = 2 * negative + (line[k] < 0 ? 1u : 0u);
    }
    const Code code = table.quad[table_select][nonzero];
    writer.put(code >> 8 | table.quad_signs[nonzero][negative], static_cast<int>(code & 0xff));
  }
  out = writer;
}

// First lines of regions 0, 1, 2 and of what follows them.
std::array<int, 4> region_edges(const StreamFormat& format, const QuantizedGranule& g) {
  const int end = 2 * g.big_values;
  if (g.block_type != BlockType::kNormal) {
    const int border = format.implied_region1_line(g.block_type == BlockType::kShort);
    return {0, std::min(border, end), end, end};
  }
  const auto edges = format.long_edges();
  const int border1 = edges[std::min<std::size_t>(g.region0_count + 1u, kLongBands)];
  const int border2 = edges[std::min<std::size_t>(g.region0_count + g.region1_count + 2u, kLongBands)];
  return {0, std::min(border1, end), std::min(border2, end), end};
}

}  // namespace

BitWriter put_lines(const StreamFormat& format, const QuantizedGranule& granule, BitWriter out) {
  alignas(64) std::array<std::uint16_t, kLines / 2> symbol;
  simd().pair_symbols(granule.line.data(), 2 * granule.big_values, symbol.data());
  const auto edge = region_edges(format, granule);
  for (std::size_t region = 0; region < 3; ++region) {
    const std::size_t select = granule.table_select[region];
    const int pairs = (edge[region + 1] - edge[region]) / 2;
    const std::uint16_t* const symbols = symbol.data() + edge[region] / 2;
    if (kHuffman[select].linbits > 0)
      put_pairs_with_escapes(kHuffman[select], symbols, granule.line.data() + edge[region], pairs, out);
    else if (select > 0)
      put_pairs(codes().pair[select], symbols, pairs, out);
  }
  put_quads(granule.count1table_select, granule.line.data() + 2 * granule.big_values, granule.count1, out);
  return out;
}

}  // namespace sluice::mp3
