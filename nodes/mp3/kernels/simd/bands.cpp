// Sums over groups of subbands and over scalefactor bands.
#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"
#include "nodes/mp3/kernels/simd/vector_math.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {

// Zones: an attack shows above the bass, where slow beats do not disturb.
void zone_energies(const float* subbands, float* energy) {
  constexpr int kSteps = 9;
  constexpr int kZoneEdge[] = {2, 6, 14, 30};
  for (int step = 0; step < kSteps; ++step) {
    float* const out = energy + 4 * step;
    for (int zone = 0; zone < 3; ++zone) {
      Floats4 partial = {};
      for (int slot = 2 * step; slot < 2 * step + 2; ++slot)
        for (int sb = kZoneEdge[zone]; sb < kZoneEdge[zone + 1]; sb += 4) {
          const Floats4 x = load<Floats4>(subbands + 32 * slot + sb);
          partial += x * x;
        }
      out[zone] = total(partial);
    }
    out[3] = 0.0f;
  }
}

void band_products(const std::int16_t* edges, int bands, const float* a, const float* b, float* sum) {
  for (int band = 0; band < bands; ++band) {
    const int end = edges[band + 1];
    int i = edges[band];
    Floats4 partial = {};
    for (; i + 4 <= end; i += 4) partial += load<Floats4>(a + i) * load<Floats4>(b + i);
    if (i < end) partial += Floats4{a[i] * b[i], a[i + 1] * b[i + 1], 0.0f, 0.0f};
    sum[band] = total(partial);
  }
}

void band_entropies(const float* width, const float* energy, const float* threshold, float* bits) {
  for (int band = 0; band < kBandSlots; band += kLanes)
    store(bits + band, 0.5f * load(width + band) * log2(1.0f + load(energy + band) / load(threshold + band)));
}

void mid_side(int lines, float* left, float* right) {
  constexpr float kHalf = 0.70710678f;  // the transform is orthogonal
  for (int i = 0; i < lines; i += kLanes) {
    const Floats l = load(left + i);
    const Floats r = load(right + i);
    store(left + i, kHalf * (l + r));
    store(right + i, kHalf * (l - r));
  }
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
