// The hot loops, declared for the target that is being compiled. Included by the sources of this folder only.
#pragma once

#include <cstdint>

#include "nodes/mp3/kernels/simd.h"
#include "nodes/mp3/kernels/simd/rate_tables.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {

// See filterbank.h. The samples under the windows of a granule's 18 slots, kPolyphaseHistory + 576 of them in both
// orders, move on by one granule; the new ones are made finite and limited.
void polyphase_take(const float* samples, float* oldest_first, float* newest_first);
// The granule's subbands, [18][32]. oldest_first[-1] is read, and its value does not matter if it is finite.
void polyphase_slots(const PolyphaseTables& tables, const float* oldest_first, const float* newest_first, float* out);

// See mdct.h. `window`: 36 values; `previous`, `current`: [18][32]; `lines`: 576, alias-reduced, ascending.
void mdct_long(const MdctTables& tables, const float* window, const float* previous, const float* current,
               float* lines);

// See block_switch.h. Energies of each two slots of a granule, [18][32], in subbands 2..5, 6..13 and 14..29: [9][4],
// the fourth 0.
void zone_energies(const float* subbands, float* energy);

// See psychoacoustics.h.
// `power` of `lines` lines x.
void pseudo_power(const float* x, int lines, float* power);
// y[row] += sum of weight * x; each row in four partial sums.
void multiply_rows(const BandedRows& matrix, const float* x, float* y);
// Energies, [window][kMaxGrid], become excitations in place.
void spread(const SpreadTables& tables, float* energy, int windows);
// Lets the excitation fade in `smeared`, [kMaxGrid], and gives the reciprocal of the larger of it and `excitation`.
void smear(const SpreadTables& tables, const float* excitation, float* smeared, float* reciprocal);
// Sums of x^2 over the lines of each band, in four partial sums. `edges` are even, bands + 1 of them.
void band_energies(const std::int16_t* edges, int bands, const float* x, float* energy);
// The same of two channels, and of their product.
void stereo_energies(const std::int16_t* edges, int bands, const float* left, const float* right, float* left_energy,
                     float* right_energy, float* product);
// bits[band] = 1/2 width log2(1 + energy / threshold); kBandSlots of each.
void band_entropies(const float* width, const float* energy, const float* threshold, float* bits);
// Left and right become mid and side, (l + r) / sqrt 2 and (l - r) / sqrt 2; `lines` of each.
void mid_side(int lines, float* left, float* right);

// See quantizer.h. Lines: 576, those that are written padded by kLinePadding.
void magnitudes(const float* x, float* magnitude);
// |x|^(1/2) and |x|^(3/4), exact to rounding: two square roots.
void compand(const float* magnitude, float* root, float* power34);
// Entries beyond `bands` are left as they are.
void measure_bands(const std::int16_t* edges, int bands, const float* magnitude, const float* root,
                   const float* power34, BandMeasures& out);
// `weight`: log2 of the noise allowed relative to the threshold.
void target_bands(int slots, const BandMeasures& measured, const float* threshold, const float* weight,
                  BandTargets& out);
// `scale`: s^(-3/4) by band; 0 silences a band.
void quantise_bands(const std::int16_t* edges, int bands, const float* power34, const float* scale, std::int16_t* q);
// The largest of quantise_bands() in each band.
void largest_quantised(const float* largest34, const float* scale, std::int16_t* largest);
// out = q with the signs of x.
void apply_signs(const float* x, const std::int16_t* q, std::int16_t* out);

// See scalefactor_choice.cpp.
// What is wanted `offset` step indices above the targets; nothing is lowered.
void wishes_at(int slots, const BandTargets& targets, float offset, ScalefactorWishes& out);
// Highest of the wanted indices.
float highest_wanted(const float* wanted, int slots);
// The scalefactors that come nearest to the wanted indices: what each of `count` trials makes of them,
void score_scalefactors(const ScalefactorLimits& limits, const ScalefactorWishes& wishes,
                        const ScalefactorTrial* trials, int count, ScalefactorScore* scores);
// and, under one, themselves and the indices that they give; limits.slots of each.
void set_scalefactors(const ScalefactorLimits& limits, const ScalefactorWishes& wishes, const ScalefactorTrial& trial,
                      std::uint8_t* scalefac, float* obtained);

// See huffman.h.
// prefix[b]: the counts of all pairs of magnitudes before edges[b], none from `lines` on; `lengths` by 16 x + y with x
// and y clamped to 15. prefix[0] is 0, prefix[bands] the last.
void pair_sums(const PairCounts* lengths, const std::int16_t* x, const std::int16_t* edges, int bands, int lines,
               PairCounts* prefix);
// The borders that need the fewest bits, none of them edge `no_border`.
RegionBorders find_regions(const PairCounts* prefix, const BandMaxima& largest, int no_border);

// See huffman_writer.cpp.
// Of all pairs of the signed values x[0..lines); `lines` at most 576. Behind the regions: table 0 and no linbits.
void pair_symbols(const std::int16_t* x, int lines, const CodedRegions& regions, PairSymbols& out);
// Pairs from..to, their codes by 256 table + 16 x + y: at most 56 bits each,
BitWriter put_long_pairs(const HuffmanCode* codes, const PairSymbols& pairs, int from, int to, BitWriter out);
// or at most 28.
BitWriter put_pairs(const HuffmanCode* codes, const PairSymbols& pairs, int from, int to, BitWriter out);
// Each two pairs from..to, whose values are 0 or +-1, their codes by 8 v + 4 w + 2 x + y: at most 14 bits.
BitWriter put_quads(const HuffmanCode* codes, const PairSymbols& pairs, int from, int to, BitWriter out);

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
