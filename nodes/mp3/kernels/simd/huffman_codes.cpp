// Writes pairs and quadruples of values as Huffman codes. ISO/IEC 11172-3 2.4.1.7 "huffmancodebits".
#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

typedef std::uint8_t Bytes __attribute__((vector_size(kLanes)));

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
inline Bits tail_of(const PairTails& tails, int pair) {
  return {tails.bits[pair], tails.length[pair]};
}
inline Bits coded_pair(const HuffmanCode* codes, const PairTails& tails, int pair) {
  return unpacked(codes[tails.symbol[pair]]) + tail_of(tails, pair);
}

// 2 x + y of a pair of 0 and +-1.
inline int bits_of_pair(const PairTails& tails, int pair) {
  return (tails.symbol[pair] >> 3 & 2) | (tails.symbol[pair] & 1);
}
inline Bits coded_quad(const HuffmanCode* codes, const PairTails& tails, int pair) {
  const int index = 4 * bits_of_pair(tails, pair) + bits_of_pair(tails, pair + 1);
  return unpacked(codes[index]) + (tail_of(tails, pair) + tail_of(tails, pair + 1));
}

// The codes of kCount pairs at i, `step` apart.
template <int kCount, int kStep = 1, typename Coded>
inline Bits joined(Coded coded, int i) {
  if constexpr (kCount == 1)
    return coded(i);
  else
    return joined<kCount / 2, kStep>(coded, i) + joined<kCount / 2, kStep>(coded, i + kCount / 2 * kStep);
}

// Puts kCount at a time, and the rest one by one. Always inlined: the writer stays in registers.
template <int kCount, int kStep = 1, typename Coded>
[[gnu::always_inline]] inline void put_all(Coded coded, int from, int to, BitWriter& out) {
  int i = from;
  for (; i + kCount * kStep <= to; i += kCount * kStep) {
    const Bits bits = joined<kCount, kStep>(coded, i);
    out.put(bits.value, bits.length);
  }
  for (; i < to; i += kStep) out.put(coded(i).value, coded(i).length);
}

}  // namespace

void pair_tails(const std::int16_t* x, int lines, const CodedRegions& regions, PairTails& out) {
  for (int i = 0; i < lines; i += 2 * kLanes) {
    const Ints line = 2 * lane_numbers() + i;
    Ints linbits = line < regions.edge[3] ? Ints{} + regions.linbits[2] : Ints{};
    linbits = line < regions.edge[2] ? Ints{} + regions.linbits[1] : linbits;
    linbits = line < regions.edge[1] ? Ints{} + regions.linbits[0] : linbits;
    const Ints pair = load<Ints>(x + i);
    const Tails first(pair << 16 >> 16, linbits);
    const Tails second(pair >> 16, linbits);
    store(out.symbol + i / 2, __builtin_convertvector(first.clamped << 4 | second.clamped, Bytes));
    store(out.length + i / 2, __builtin_convertvector(first.length + second.length, Bytes));
    store(out.bits + i / 2, first.bits << second.length | second.bits);
  }
}

BitWriter put_pairs(const HuffmanCode* codes, int longest, const PairTails& tails, int from, int to, BitWriter out) {
  const auto pair = [&](int i) { return coded_pair(codes, tails, i); };
  if (4 * longest <= BitWriter::kMaxBits)
    put_all<4>(pair, from, to, out);
  else if (2 * longest <= BitWriter::kMaxBits)
    put_all<2>(pair, from, to, out);
  else
    put_all<1>(pair, from, to, out);
  return out;
}

BitWriter put_quads(const HuffmanCode* codes, const PairTails& tails, int from, int to, BitWriter out) {
  put_all<4, 2>([&](int i) { return coded_quad(codes, tails, i); }, from, to, out);
  return out;
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
