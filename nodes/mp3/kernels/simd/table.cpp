#include "nodes/mp3/kernels/simd/kernels.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {

#define SLUICE_QUOTED(name) #name
#define SLUICE_NAME_OF(macro) SLUICE_QUOTED(macro)

extern const Simd kSimd;
const Simd kSimd = {
    .name = SLUICE_NAME_OF(SLUICE_SIMD_TARGET),
    .polyphase_take = polyphase_take,
    .polyphase_slots = polyphase_slots,
    .mdct_long = mdct_long,
    .zone_energies = zone_energies,
    .pseudo_power = pseudo_power,
    .multiply_rows = multiply_rows,
    .spread = spread,
    .smear = smear,
    .band_energies = band_energies,
    .stereo_energies = stereo_energies,
    .band_entropies = band_entropies,
    .mid_side = mid_side,
    .magnitudes = magnitudes,
    .compand = compand,
    .measure_bands = measure_bands,
    .target_bands = target_bands,
    .quantise_bands = quantise_bands,
    .largest_quantised = largest_quantised,
    .apply_signs = apply_signs,
    .wishes_at = wishes_at,
    .highest_wanted = highest_wanted,
    .score_scalefactors = score_scalefactors,
    .set_scalefactors = set_scalefactors,
    .pair_sums = pair_sums,
    .find_regions = find_regions,
    .pair_symbols = pair_symbols,
    .put_long_pairs = put_long_pairs,
    .put_pairs = put_pairs,
    .put_quads = put_quads,
};

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
