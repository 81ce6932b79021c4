// Run-time dispatch of the encoder's hot loops. The sources in simd/ are compiled once per target, with nothing but the
// compiler's flags different: every target does the same operations in the same order, so that output bytes are equal.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::mp3 {

struct BandedRows;
struct MdctTables;
struct PolyphaseTables;
struct SpreadTables;

inline constexpr int kBandSlots = 48;  // room for the bands of any layout, a multiple of every target's lanes

// The hot loops of one target. Each entry is real-time safe; simd/kernels.h describes them.
struct Simd {
  std::string_view name;  // "baseline", "avx2", "avx512"
  void (*polyphase_take)(const float* samples, float* oldest_first, float* newest_first);
  void (*polyphase_slots)(const PolyphaseTables& tables, const float* oldest_first, const float* newest_first,
                          float* out);
  void (*mdct_long)(const MdctTables& tables, const float* window, const float* previous, const float* current,
                    float* lines);
  void (*pseudo_power)(const float* x, int lines, float* power);
  void (*multiply_rows)(const BandedRows& matrix, const float* x, float* y);
  void (*spread)(const SpreadTables& tables, float* energy, int windows);
  void (*smear)(const SpreadTables& tables, const float* excitation, float* smeared, float* reciprocal);
  void (*band_products)(const std::int16_t* edges, int bands, const float* a, const float* b, float* sum);
  void (*band_entropies)(const float* width, const float* energy, const float* threshold, float* bits);
  void (*mid_side)(int lines, float* left, float* right);
};

// The targets that were compiled and that this processor can run, slowest first. The baseline is always there.
std::span<const Simd* const> simd_targets();

// The target in use: the fastest, or the one that the environment variable SLUICE_SIMD names. Thread-safe.
const Simd& simd();

// For tests: encoders work with `target` from their next call on. Outputs do not depend on it.
void use_simd(const Simd& target);

}  // namespace sluice::mp3
