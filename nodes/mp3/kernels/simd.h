// Run-time dispatch of the encoder's hot loops. The sources in simd/ are compiled once per target, with nothing but the
// compiler's flags different: every target does the same operations in the same order, so that output bytes are equal.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "nodes/mp3/kernels/bit_writer.h"

namespace sluice::mp3 {

struct BandMeasures;
struct BandTargets;
struct BandedRows;
struct MdctTables;
struct PolyphaseTables;
struct ScalefactorLimits;
struct ScalefactorScore;
struct ScalefactorTrial;
struct ScalefactorWishes;
struct SpreadTables;

// Bits of a pair of values under each Huffman table; see huffman.cpp.
inline constexpr int kPairCounters = 16;
using PairCounts = std::uint16_t[kPairCounters];

// A Huffman code above 8 bits of its length.
using HuffmanCode = std::uint32_t;

// Where the lines of a granule are cut for coding.
struct CodedRegions {
  std::int16_t edge[4];     // first lines of regions 0, 1, 2 and of what follows them
  std::int16_t linbits[3];  // of each region's table
  std::int16_t table[3];    // table_select
};

// How pairs are coded: which code, and what follows it: linbits and sign of the first value, then of the second.
struct PairSymbols {
  static constexpr int kPairs = 288 + 16;   // and room for a register's
  alignas(64) std::int16_t symbol[kPairs];  // 16 |x| + |y|, clamped to 15 each, above 256 times the table; 0 behind
  alignas(64) std::int16_t length[kPairs];  // of the tail, bits
  alignas(64) std::uint32_t tail[kPairs];
};

// Largest value of each of a long block's bands, as far as it has big values; 0 behind them.
struct BandMaxima {
  static constexpr int kSlots = 32;  // 22 and room
  int bands = 0;
  alignas(64) std::int16_t of_band[kSlots];
};

// Huffman regions of a long block: edges of scalefactor bands, 1 <= border1 < border2 <= 22.
struct RegionBorders {
  int border1;  // region0_count + 1
  int border2;  // border1 + region1_count + 1
  int bits;
  int largest[3];  // value of each region
};
inline constexpr int kRegionBands = 22;
inline constexpr int kRegionRows = kRegionBands + 1;  // of prefix counts, one an edge
inline constexpr int kMaxRegion0 = 16;                // bands: region0_count is 4 bits wide,
inline constexpr int kMaxRegion1 = 8;                 // region1_count 3

// The hot loops of one target. Each entry is real-time safe; simd/kernels.h describes them.
struct Simd {
  std::string_view name;  // "baseline", "avx2", "avx512"
  void (*polyphase_take)(const float* samples, float* oldest_first, float* newest_first);
  void (*polyphase_slots)(const PolyphaseTables& tables, const float* oldest_first, const float* newest_first,
                          float* out);
  void (*mdct_long)(const MdctTables& tables, const float* window, const float* previous, const float* current,
                    float* lines);
  void (*zone_energies)(const float* subbands, float* energy);
  void (*pseudo_power)(const float* x, int lines, float* power);
  void (*multiply_rows)(const BandedRows& matrix, const float* x, float* y);
  void (*spread)(const SpreadTables& tables, float* energy, int windows);
  void (*smear)(const SpreadTables& tables, const float* excitation, float* smeared, float* reciprocal);
  void (*band_energies)(const std::int16_t* edges, int bands, const float* x, float* energy);
  void (*stereo_energies)(const std::int16_t* edges, int bands, const float* left, const float* right,
                          float* left_energy, float* right_energy, float* product);
  void (*band_entropies)(const float* width, const float* energy, const float* threshold, float* bits);
  void (*mid_side)(int lines, float* left, float* right);
  void (*magnitudes)(const float* x, float* magnitude);
  void (*compand)(const float* magnitude, float* root, float* power34);
  void (*measure_bands)(const std::int16_t* edges, int bands, const float* magnitude, const float* root,
                        const float* power34, BandMeasures& out);
  void (*target_bands)(int slots, const BandMeasures& measured, const float* threshold, const float* weight,
                       BandTargets& out);
  void (*quantise_bands)(const std::int16_t* edges, int bands, const float* power34, const float* scale,
                         std::int16_t* q);
  void (*largest_quantised)(const float* largest34, const float* scale, std::int16_t* largest);
  void (*apply_signs)(const float* x, const std::int16_t* q, std::int16_t* out);
  void (*wishes_at)(int slots, const BandTargets& targets, float offset, ScalefactorWishes& out);
  float (*highest_wanted)(const float* wanted, int slots);
  void (*score_scalefactors)(const ScalefactorLimits& limits, const ScalefactorWishes& wishes,
                             const ScalefactorTrial* trials, int count, ScalefactorScore* scores);
  void (*set_scalefactors)(const ScalefactorLimits& limits, const ScalefactorWishes& wishes,
                           const ScalefactorTrial& trial, std::uint8_t* scalefac, float* obtained);
  void (*pair_sums)(const PairCounts* lengths, const std::int16_t* x, const std::int16_t* edges, int bands, int lines,
                    PairCounts* prefix);
  RegionBorders (*find_regions)(const PairCounts* prefix, const BandMaxima& largest, int no_border);
  void (*pair_symbols)(const std::int16_t* x, int lines, const CodedRegions& regions, PairSymbols& out);
  BitWriter (*put_long_pairs)(const HuffmanCode* codes, const PairSymbols& pairs, int from, int to, BitWriter out);
  BitWriter (*put_pairs)(const HuffmanCode* codes, const PairSymbols& pairs, int from, int to, BitWriter out);
  BitWriter (*put_quads)(const HuffmanCode* codes, const PairSymbols& pairs, int from, int to, BitWriter out);
};

// The targets that were compiled and that this processor can run, slowest first. The baseline is always there.
std::span<const Simd* const> simd_targets();

// The target in use: the fastest, or the one that the environment variable SLUICE_SIMD names. Thread-safe.
const Simd& simd();

// For tests: encoders work with `target` from their next call on. Outputs do not depend on it.
void use_simd(const Simd& target);

}  // namespace sluice::mp3
