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

// First and second of each two lanes.
inline Longs firsts(Ints v) {
  return reinterpret_cast<Longs>(v) & 0xffffffff;
}
inline Longs seconds(Ints v) {
  return reinterpret_cast<Longs>(v) >> 32;
}

// Quadruples of a run: which code, and the tails of both pairs.
struct Quads {
  alignas(64) std::uint64_t index[PairSymbols::kPairs / 2];  // 8 v + 4 w + 2 x + y
  alignas(64) std::uint64_t tail[PairSymbols::kPairs / 2];
  alignas(64) std::uint64_t length[PairSymbols::kPairs / 2];

  Quads(const PairSymbols& pairs, int from, int to) {
    for (int i = 0; i < to - from; i += kLanes) {
      const Ints symbol = __builtin_convertvector(load<Shorts>(pairs.symbol + from + i), Ints);
      const Ints nonzero = (symbol >> 3 & 2) | (symbol & 1);
      const Ints tails = load<Ints>(pairs.tail + from + i);
      const Ints lengths = __builtin_convertvector(load<Shorts>(pairs.length + from + i), Ints);
      store(index + i / 2, firsts(nonzero) << 2 | seconds(nonzero));
      store(tail + i / 2, firsts(tails) << seconds(lengths) | seconds(tails));
      store(length + i / 2, firsts(lengths) + seconds(lengths));
    }
  }

  Bits coded(const HuffmanCode* codes, int i) const {
    return unpacked(codes[index[i]]) + Bits{tail[i], static_cast<int>(length[i])};
  }
};

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
      const Ints lengths = (head & 0xff) + tail_length;
      store(value + i / 2, firsts(bits) << seconds(lengths) | seconds(bits));
      store(length + i / 2, firsts(lengths) + seconds(lengths));
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
  const Quads quads(pairs, from, to);
  const auto quad = [&](int i) { return quads.coded(codes, i); };
  const int count = (to - from) / 2;
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    const Bits four = (quad(i) + quad(i + 1)) + (quad(i + 2) + quad(i + 3));
    out.put(four.value, four.length);
  }
  for (; i < count; ++i) out.put(quad(i).value, quad(i).length);
  return out;
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
