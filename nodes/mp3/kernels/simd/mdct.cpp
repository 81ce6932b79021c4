#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"
#include "nodes/mp3/kernels/simd/mdct_tables.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

constexpr int kSlots = 18;
constexpr int kSubbands = 32;
constexpr int kRows = 6;     // of the cosine matrix at a time: sums that do not wait for each other
constexpr int kBehind = 16;  // the butterflies of the last lanes read and rewrite values behind their row

// Frequency inversion: odd slots of odd subbands change sign before the MDCT. 2.4.3.4.10.5.
inline Floats windowed(const float* slots, int slot, int sb, float w) {
  const Floats x = load(slots + kSubbands * slot + sb);
  if (slot % 2 == 0) return x * w;
  return x * (w * alternating());
}

// The cosine is odd about (n/2 - 1)/2 in the first half and even about (3n/2 - 1)/2 in the second, so 36 inputs fold to
// 18: u[i] = z[i] - z[17 - i], then u[9 + i] = z[18 + i] + z[35 - i], i < 9.
inline void fold(const float* window, const float* previous, const float* current, int sb, Floats (&u)[kSlots]) {
  for (int i = 0; i < kSlots / 2; ++i) {
    const int mirrored = kSlots - 1 - i;
    u[i] = windowed(previous, i, sb, window[i]) - windowed(previous, mirrored, sb, window[mirrored]);
    u[kSlots / 2 + i] =
        windowed(current, i, sb, window[kSlots + i]) + windowed(current, mirrored, sb, window[kSlots + mirrored]);
  }
}

inline void reduce_aliases(const MdctTables& t, float (*x)[kSubbands]) {
  for (int i = 0; i < 8; ++i)
    for (int sb = 0; sb < kSubbands; sb += kLanes) {
      float* const low = x[kSlots - 1 - i] + sb;
      float* const high = x[i] + sb + 1;
      const Floats cs = load(&t.cs[i][sb]);
      const Floats ca = load(&t.ca[i][sb]);
      const Floats a = load(low);
      const Floats b = load(high);
      store(low, a * cs + b * ca);
      store(high, b * cs - a * ca);
    }
}

// [18][32] to ascending lines, in squares of 4 by 4; the last square of a subband overlaps the one before.
inline void put_in_order(const float (*x)[kSubbands], float* lines) {
  for (const int k : {0, 4, 8, 12, 14})
    for (int sb = 0; sb < kSubbands; sb += 4) {
      const Floats4 r0 = load<Floats4>(x[k] + sb);
      const Floats4 r1 = load<Floats4>(x[k + 1] + sb);
      const Floats4 r2 = load<Floats4>(x[k + 2] + sb);
      const Floats4 r3 = load<Floats4>(x[k + 3] + sb);
      const Floats4 low01 = __builtin_shufflevector(r0, r1, 0, 4, 1, 5);
      const Floats4 low23 = __builtin_shufflevector(r2, r3, 0, 4, 1, 5);
      const Floats4 high01 = __builtin_shufflevector(r0, r1, 2, 6, 3, 7);
      const Floats4 high23 = __builtin_shufflevector(r2, r3, 2, 6, 3, 7);
      float* const to = lines + kSlots * sb + k;
      store(to, __builtin_shufflevector(low01, low23, 0, 1, 4, 5));
      store(to + kSlots, __builtin_shufflevector(low01, low23, 2, 3, 6, 7));
      store(to + 2 * kSlots, __builtin_shufflevector(high01, high23, 0, 1, 4, 5));
      store(to + 3 * kSlots, __builtin_shufflevector(high01, high23, 2, 3, 6, 7));
    }
}

}  // namespace

void mdct_long(const MdctTables& tables, const float* window, const float* previous, const float* current,
               float* lines) {
  alignas(64) float memory[kSlots * kSubbands + kBehind];
  auto* const x = reinterpret_cast<float(*)[kSubbands]>(memory);
  for (int sb = 0; sb < kSubbands; sb += kLanes) {
    Floats u[kSlots];
    fold(window, previous, current, sb, u);
    for (int k = 0; k < kSlots; k += kRows) {
      Floats sum[kRows] = {};
      for (int i = 0; i < kSlots; ++i)
        for (int row = 0; row < kRows; ++row) sum[row] += u[i] * tables.cosine[k + row][i];
      for (int row = 0; row < kRows; ++row) store(x[k + row] + sb, sum[row]);
    }
  }
  reduce_aliases(tables, x);
  put_in_order(x, lines);
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
