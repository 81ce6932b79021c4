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

void band_energies(const std::int16_t* edges, int bands, const float* x, float* energy) {
  for (int band = 0; band < bands; ++band) {
    const int end = edges[band + 1];
    int i = edges[band];
    Floats4 partial = {};
    for (; i + 4 <= end; i += 4) {
      const Floats4 v = load<Floats4>(x + i);
      partial += v * v;
    }
    if (i < end) partial += Floats4{x[i] * x[i], x[i + 1] * x[i + 1], 0.0f, 0.0f};
    energy[band] = total(partial);
  }
}

void stereo_energies(const std::int16_t* edges, int bands, const float* left, const float* right, float* left_energy,
                     float* right_energy, float* product) {
  for (int band = 0; band < bands; ++band) {
    const int end = edges[band + 1];
    int i = edges[band];
    Floats4 ll = {};
    Floats4 rr = {};
    Floats4 lr = {};
    const auto add = [&](Floats4 l, Floats4 r) {
      ll += l * l;
      rr += r * r;
      lr += l * r;
    };
    for (; i + 4 <= end; i += 4) add(load<Floats4>(left + i), load<Floats4>(right + i));
    if (i < end) add(Floats4{left[i], left[i + 1], 0.0f, 0.0f}, Floats4{right[i], right[i + 1], 0.0f, 0.0f});
    left_energy[band] = total(ll);
    right_energy[band] = total(rr);
    product[band] = total(lr);
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
