// Vectors as wide as the target's registers, for the sources of this folder only. A kernel works on independent lanes,
// so that its result does not depend on their number.
// These files are compiled for instruction sets that the machine may lack: they use nothing of the standard library,
// whose inline functions the linker could share with code that runs everywhere.
#pragma once

#include <cstdint>

namespace sluice::mp3::SLUICE_SIMD_TARGET {

#if defined(__AVX512F__)
inline constexpr int kLanes = 16;
#elif defined(__AVX2__)
inline constexpr int kLanes = 8;
#else
inline constexpr int kLanes = 4;  // SSE2, NEON
#endif

typedef float Floats __attribute__((vector_size(4 * kLanes)));
typedef std::int32_t Ints __attribute__((vector_size(4 * kLanes)));
typedef float Floats4 __attribute__((vector_size(16)));

template <typename V = Floats>
inline V load(const void* from) {
  V v;
  __builtin_memcpy(&v, from, sizeof v);
  return v;
}
template <typename V>
inline void store(void* to, V v) {
  __builtin_memcpy(to, &v, sizeof v);
}

inline Floats to_floats(Ints v) {
  return __builtin_convertvector(v, Floats);
}
// Truncates.
inline Ints to_ints(Floats v) {
  return __builtin_convertvector(v, Ints);
}

inline Floats floor(Floats v) {
  const Floats truncated = to_floats(to_ints(v));
  return truncated > v ? truncated - 1.0f : truncated;
}

template <typename V>
inline V least(V a, V b) {
  return a < b ? a : b;
}
template <typename V>
inline V greatest(V a, V b) {
  return a > b ? a : b;
}

// (0 + 2) + (1 + 3), whatever the target.
inline float total(Floats4 v) {
  const Floats4 pairs = v + __builtin_shufflevector(v, v, 2, 3, 0, 1);
  return pairs[0] + pairs[1];
}

// Folds a register to its first four lanes: lane i is what `op` makes of lanes i, i + 4, i + 8, ...
template <typename Op>
inline Floats4 fold(Floats v, [[maybe_unused]] Op op) {
#if defined(__AVX512F__)
  const auto half = op(__builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7),
                       __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15));
#else
  const auto half = v;
#endif
#if defined(__AVX2__)
  return op(__builtin_shufflevector(half, half, 0, 1, 2, 3), __builtin_shufflevector(half, half, 4, 5, 6, 7));
#else
  return half;
#endif
}

// The largest lane of each of four registers.
inline Floats4 largest_of(Floats a, Floats b, Floats c, Floats d) {
  const auto greater = [](auto x, auto y) { return greatest(x, y); };
  const Floats4 p = fold(a, greater);
  const Floats4 q = fold(b, greater);
  const Floats4 r = fold(c, greater);
  const Floats4 s = fold(d, greater);
  const Floats4 pq = greatest(__builtin_shufflevector(p, q, 0, 1, 4, 5), __builtin_shufflevector(p, q, 2, 3, 6, 7));
  const Floats4 rs = greatest(__builtin_shufflevector(r, s, 0, 1, 4, 5), __builtin_shufflevector(r, s, 2, 3, 6, 7));
  return greatest(__builtin_shufflevector(pq, rs, 0, 2, 4, 6), __builtin_shufflevector(pq, rs, 1, 3, 5, 7));
}

// 1, -1, 1, -1, ...
inline Floats alternating() {
  static constexpr float kSigns[16] = {1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1};
  return load(kSigns);
}

inline Floats reverse(Floats v) {
#if defined(__AVX512F__)
  return __builtin_shufflevector(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
#elif defined(__AVX2__)
  return __builtin_shufflevector(v, v, 7, 6, 5, 4, 3, 2, 1, 0);
#else
  return __builtin_shufflevector(v, v, 3, 2, 1, 0);
#endif
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
