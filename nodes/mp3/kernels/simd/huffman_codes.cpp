// Writes pairs and quadruples of values as Huffman codes. ISO/IEC 11172-3 2.4.1.7 "huffmancodebits".
#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

typedef std::int16_t Shorts __attribute__((vector_size(2 * kLanes)));
typedef std::uint64_t Longs __attribute__((vector_size(4 * kLanes)));

inline Ints magnitude(Ints v) {
  return (v ^ v >> 31) - (v >> 31);
}

// What stands behind the code of one value in each lane: what a 15 stands for in linbits, then the sign.
struct Tails {
  Ints clamped;
  Ints bits;
  Ints length;

  Tails(Ints value, Ints linbits) {
    const Ints size = magnitude(value);
    const Ints escaped = size >= 15;  // as a mask
    clamped = least(size, Ints{} + 15);
    bits = ((size - 15) & escaped) << 1 | (value < 0 ? Ints{} + 1 : Ints{});
    length = (linbits & escaped) + (size > 0 ? Ints{} + 1 : Ints{});
  }
};

inline Ints lane_numbers() {
  static constexpr std::int32_t kNumbers[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  return load<Ints>(kNumbers);
}

struct Bits {
  std::uint64_t value;
  int length;
};

inline Bits operator+(Bits head, Bits tail) {
  return {head.value << tail.length | tail.value, head.length + tail.length};
}

inline Bits unpacked(HuffmanCode code) {
  return {code >> 8, static_cast<int>(code & 0xff)};
}
inline Bits tail_of(const PairSymbols& pairs, int i) {
  return {pairs.tail[i], pairs.length[i]};
}

// 2 x + y of a pair of 0 and +-1.
inline int bits_of_pair(const PairSymbols& pairs, int i) {
  return (pairs.symbol[i] >> 3 & 2) | (pairs.symbol[i] & 1);
}
inline Bits coded_quad(const HuffmanCode* codes, const PairSymbols& pairs, int i) {
  const int index = 4 * bits_of_pair(pairs, i) + bits_of_pair(pairs, i + 1);
  return unpacked(codes[index]) + (tail_of(pairs, i) + tail_of(pairs, i + 1));
}

// Codes of each two pairs of a run.
struct JoinedPairs {
  alignas(64) std::uint64_t value[PairSymbols::kPairs / 2];
  alignas(64) std::uint64_t length[PairSymbols::kPairs / 2];

  // `code`: of pairs from..to, at most 28 bits each with its tail.
  JoinedPairs(const HuffmanCode* code, const PairSymbols& pairs, int from, int to) {
    for (int i = 0; i < to - from; i += kLanes) {
      const Ints coded = lane_numbers() + i < to - from;  // as a mask
      const Ints head = load<Ints>(code + i) & coded;
      const Ints tail_length = __builtin_convertvector(load<Shorts>(pairs.length + from + i), Ints) & coded;
      const Ints bits = (head >> 8) << tail_length | (load<Ints>(pairs.tail + from + i) & coded);
      const Longs two = reinterpret_cast<Longs>(bits);  // the first in the lower half
      const Longs lengths = reinterpret_cast<Longs>((head & 0xff) + tail_length);
      store(value + i / 2, (two & 0xffffffff) << (lengths >> 32) | two >> 32);
      store(length + i / 2, (lengths & 0xffffffff) + (lengths >> 32));
    }
  }
};

}  // namespace

void pair_symbols(const std::int16_t* x, int lines, const CodedRegions& regions, PairSymbols& out) {
  for (int i = 0; i < lines; i += 2 * kLanes) {
    const Ints line = 2 * lane_numbers() + i;
    Ints linbits = {};
    Ints table = {};
    for (int region = 2; region >= 0; --region) {
      const Ints before_end = line < regions.edge[region + 1];
      linbits = before_end ? Ints{} + regions.linbits[region] : linbits;
      table = before_end ? Ints{} + 256 * regions.table[region] : table;
    }
    const Ints pair = load<Ints>(x + i);
    const Tails first(pair << 16 >> 16, linbits);
    const Tails second(pair >> 16, linbits);
    store(out.symbol + i / 2, __builtin_convertvector(table | first.clamped << 4 | second.clamped, Shorts));
    store(out.length + i / 2, __builtin_convertvector(first.length + second.length, Shorts));
    store(out.tail + i / 2, first.bits << second.length | second.bits);
  }
}

BitWriter put_long_pairs(const HuffmanCode* codes, const PairSymbols& pairs, int from, int to, BitWriter out) {
  for (int i = from; i < to; ++i) {
    const Bits pair = unpacked(codes[pairs.symbol[i]]) + tail_of(pairs, i);
    out.put(pair.value, pair.length);
  }
  return out;
}

BitWriter put_pairs(const HuffmanCode* codes, const PairSymbols& pairs, int from, int to, BitWriter out) {
  alignas(64) HuffmanCode code[PairSymbols::kPairs];
  for (int i = from; i < to; ++i) code[i - from] = codes[pairs.symbol[i]];
  const JoinedPairs joined(code, pairs, from, to);
  for (int i = 0; 2 * i < to - from; ++i) out.put(joined.value[i], static_cast<int>(joined.length[i]));
  return out;
}

BitWriter put_quads(const HuffmanCode* codes, const PairSymbols& pairs, int from, int to, BitWriter out) {
  const auto quad = [&](int i) { return coded_quad(codes, pairs, i); };
  int i = from;
  for (; i + 8 <= to; i += 8) {
    const Bits four = (quad(i) + quad(i + 2)) + (quad(i + 4) + quad(i + 6));
    out.put(four.value, four.length);
  }
  for (; i < to; i += 2) out.put(quad(i).value, quad(i).length);
  return out;
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
