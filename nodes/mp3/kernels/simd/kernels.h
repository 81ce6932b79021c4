// The hot loops, declared for the target that is being compiled. Included by the sources of this folder only.
#pragma once

#include <cstdint>

#include "nodes/mp3/kernels/simd.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {

// See filterbank.h. The samples under the windows of a granule's 18 slots, kPolyphaseHistory + 576 of them in both
// orders, move on by one granule; the new ones are made finite and limited.
void polyphase_take(const float* samples, float* oldest_first, float* newest_first);
// The granule's subbands, [18][32]. oldest_first[-1] is read, and its value does not matter if it is finite.
void polyphase_slots(const PolyphaseTables& tables, const float* oldest_first, const float* newest_first, float* out);

// See mdct.h. `window`: 36 values; `previous`, `current`: [18][32]; `lines`: 576, alias-reduced, ascending.
void mdct_long(const MdctTables& tables, const float* window, const float* previous, const float* current,
               float* lines);

// See psychoacoustics.h.
// `power` of `lines` lines x.
void pseudo_power(const float* x, int lines, float* power);
// y[row] += sum of weight * x; each row in four partial sums.
void multiply_rows(const BandedRows& matrix, const float* x, float* y);
// Energies, [window][kMaxGrid], become excitations in place.
void spread(const SpreadTables& tables, float* energy, int windows);
// Lets the excitation fade in `smeared`, [kMaxGrid], and gives the reciprocal of the larger of it and `excitation`.
void smear(const SpreadTables& tables, const float* excitation, float* smeared, float* reciprocal);
// sum[band] = sum of a * b over the band's lines; each in four partial sums. `edges` are even, bands + 1 of them.
void band_products(const std::int16_t* edges, int bands, const float* a, const float* b, float* sum);
// bits[band] = 1/2 width log2(1 + energy / threshold); kBandSlots of each.
void band_entropies(const float* width, const float* energy, const float* threshold, float* bits);
// Left and right become mid and side, (l + r) / sqrt 2 and (l - r) / sqrt 2; `lines` of each.
void mid_side(int lines, float* left, float* right);

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
