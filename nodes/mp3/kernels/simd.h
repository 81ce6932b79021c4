// Run-time dispatch of the encoder's hot loops. The sources in simd/ are compiled once per target, with nothing but the
// compiler's flags different: every target does the same operations in the same order, so that output bytes are equal.
#pragma once

#include <span>
#include <string_view>

namespace sluice::mp3 {

struct PolyphaseTables;
struct MdctTables;

// The hot loops of one target. Each entry is real-time safe; simd/kernels.h describes them.
struct Simd {
  std::string_view name;  // "baseline", "avx2", "avx512"
  void (*polyphase_take)(const float* samples, float* oldest_first, float* newest_first);
  void (*polyphase_slots)(const PolyphaseTables& tables, const float* oldest_first, const float* newest_first,
                          float* out);
  void (*mdct_long)(const MdctTables& tables, const float* window, const float* previous, const float* current,
                    float* lines);
};

// The targets that were compiled and that this processor can run, slowest first. The baseline is always there.
std::span<const Simd* const> simd_targets();

// The target in use: the fastest, or the one that the environment variable SLUICE_SIMD names. Thread-safe.
const Simd& simd();

// For tests: encoders work with `target` from their next call on. Outputs do not depend on it.
void use_simd(const Simd& target);

}  // namespace sluice::mp3
