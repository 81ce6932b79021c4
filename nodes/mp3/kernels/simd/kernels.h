// The hot loops, declared for the target that is being compiled. Included by the sources of this folder only.
#pragma once

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

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
