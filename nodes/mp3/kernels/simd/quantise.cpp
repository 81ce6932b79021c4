// The power-law quantiser and what the rate loop measures for it. See quantizer.h.
#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"
#include "nodes/mp3/kernels/simd/vector_math.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

constexpr int kLines = 576;
constexpr float kTinyEnergy = 1e-20f;  // below any audible or codable line
constexpr float kUnityIndex = 210.0f;  // step 1.0

typedef std::int16_t Shorts __attribute__((vector_size(2 * kLanes)));

inline void store_shorts(std::int16_t* to, Ints v) {
  store(to, __builtin_convertvector(v, Shorts));
}

inline float largest_of(Floats4 v) {
  const Floats4 pairs = greatest(v, __builtin_shufflevector(v, v, 2, 3, 0, 1));
  return pairs[0] > pairs[1] ? pairs[0] : pairs[1];
}

// (|x| / s)^(3/4), rounded, of what is given as |x|^(3/4).
inline Ints quantised(Floats power34, Floats scale) {
  const Floats cap = Floats{} + static_cast<float>(kMaxQuantized);
  return to_ints(least(power34 * scale + kRounding, cap));
}

}  // namespace

void magnitudes(const float* x, float* magnitude) {
  for (int i = 0; i < kLines; i += kLanes)
    store(magnitude + i, reinterpret_cast<Floats>(reinterpret_cast<Ints>(load(x + i)) & 0x7fffffff));
}

void compand(const float* magnitude, float* root, float* power34) {
  for (int i = 0; i < kLines; ++i) {
    root[i] = __builtin_sqrtf(magnitude[i]);
    power34[i] = __builtin_sqrtf(magnitude[i] * root[i]);
  }
}

void measure_bands(const std::int16_t* edges, int bands, const float* magnitude, const float* root,
                   const float* power34, BandMeasures& out) {
  for (int band = 0; band < bands; ++band) {
    const int end = edges[band + 1];
    int i = edges[band];
    Floats4 energy = {};
    Floats4 sum_root = {};
    Floats4 largest = {};
    for (; i + 4 <= end; i += 4) {
      const Floats4 x = load<Floats4>(magnitude + i);
      energy += x * x;
      sum_root += load<Floats4>(root + i);
      largest = greatest(largest, load<Floats4>(power34 + i));
    }
    if (i < end) {
      const Floats4 x = {magnitude[i], magnitude[i + 1], 0.0f, 0.0f};
      energy += x * x;
      sum_root += Floats4{root[i], root[i + 1], 0.0f, 0.0f};
      largest = greatest(largest, Floats4{power34[i], power34[i + 1], 0.0f, 0.0f});
    }
    out.energy[band] = total(energy);
    out.sum_root[band] = total(sum_root);
    out.largest34[band] = largest_of(largest);
  }
}

void target_bands(int slots, const BandMeasures& measured, const float* threshold, const float* weight,
                  BandTargets& out) {
  constexpr float kLog2Uniform = -2.7548875f;  // log2(16 / 9 / 12)
  constexpr float kIndicesPerLog2 = 1.0f / kLog2NoisePerIndex;
  const Floats tiny = Floats{} + kTinyEnergy;
  for (int b = 0; b < slots; b += kLanes) {
    const Floats energy = load(measured.energy + b);
    const Floats allowed = log2(greatest(load(threshold + b), tiny)) + load(weight + b);
    const Floats fine = log2(load(measured.sum_root + b) + tiny) + kLog2Uniform;
    store(out.index + b, kUnityIndex + (allowed - fine) * kIndicesPerLog2);
    const Floats last = (log2(energy + tiny) - allowed) * kIndicesPerLog2;
    store(out.last_offset + b, energy > tiny ? last : Floats{} + kNeverCoded);
    const Floats reach = log2(load(measured.largest34 + b) * (1.0f / static_cast<float>(kMaxQuantized)) + tiny);
    const Floats exact = kUnityIndex + 16.0f / 3.0f * reach;
    const Floats below = to_floats(to_ints(exact));
    const Floats ceiling = below < exact ? below + 1.0f : below;
    store(out.finest + b, least(greatest(ceiling, Floats{} + static_cast<float>(kMinStepIndex)),
                                Floats{} + static_cast<float>(kMaxStepIndex)));
  }
}

void quantise_bands(const std::int16_t* edges, int bands, const float* power34, const float* scale, std::int16_t* q) {
  for (int band = 0; band < bands; ++band) {
    const Floats s = Floats{} + scale[band];
    for (int i = edges[band]; i < edges[band + 1]; i += kLanes)
      store_shorts(q + i, quantised(load(power34 + i), s));  // what lies beyond the band is written again
  }
}

void largest_quantised(const float* largest34, const float* scale, std::int16_t* largest) {
  for (int b = 0; b < kBandSlots; b += kLanes)
    store_shorts(largest + b, quantised(load(largest34 + b), load(scale + b)));
}

void apply_signs(const float* x, const std::int16_t* q, std::int16_t* out) {
  for (int i = 0; i < kLines; i += kLanes) {
    const Shorts sign = __builtin_convertvector(reinterpret_cast<Ints>(load(x + i)) >> 31, Shorts);
    store(out + i, (load<Shorts>(q + i) ^ sign) - sign);
  }
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
