// The ear model of psychoacoustics.h, step by step.
#include "nodes/mp3/kernels/simd/ear_tables.h"
#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"
#include "nodes/mp3/kernels/simd/vector_math.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

constexpr float kAdditivity = 0.4f;  // exponent of the addition of spread excitations, BS.1387-1 eq. 20
constexpr float kDb = 0.33219281f;   // log2(10) / 10: dB to log2 of an energy

// Energies become what is added up: companded by kAdditivity and scaled so that spreading conserves energy,
// BS.1387-1 eq. 19; with the factor per grid step at which each fades upwards.
inline void compand(const SpreadTables& t, float* energy, float* slope) {
  for (int i = 0; i < kMaxGrid; i += kLanes) {
    const Floats log2_energy = log2(load(energy + i));
    const Floats level_db = log2_energy * (1.0f / kDb) + t.full_scale_db;
    const Floats up_db = least(load(t.upper_slope_db + i) + t.level_slope * level_db, Floats{} + t.flattest_db);
    const Floats up = exp2(up_db * kDb);
    const Floats total = t.down_sum + up / (1.0f - up);
    store(energy + i, exp2(kAdditivity * (log2_energy - log2(total))));
    store(slope + i, exp2(up_db * (kDb * kAdditivity)));
  }
}

// What spreads upwards, two windows at a time: each step waits for the one before it, and the second fills the wait.
// With exponent 0.4 the sum is a first-order recursion, and the slope of a sum is the mean of its parts:
//   arriving[i + 1] = arriving[i]^2 / sum[i - 1] + companded[i] slope[i],   sum[i] = arriving[i] + companded[i]
inline void add_upwards(const SpreadTables& t, const float* const (&companded)[2], const float (&slope)[2][kMaxGrid],
                        float (&sum)[2][kMaxGrid]) {
  float arriving[2] = {0.0f, 0.0f};
  float reciprocal[2] = {0.0f, 0.0f};  // of the sum before
  for (int i = 0; i < t.size; ++i)
    for (int w = 0; w < 2; ++w) {
      const float own = companded[w][i];
      sum[w][i] = arriving[w] + own;
      arriving[w] = arriving[w] * arriving[w] * reciprocal[w] + own * slope[w][i];
      reciprocal[w] = 1.0f / sum[w][i];
    }
  for (int i = t.size; i < kMaxGrid; ++i) sum[0][i] = sum[1][i] = 1.0f;
}

// What spreads downwards falls by the same factor everywhere; beyond 12 steps, 65 dB, nothing is left of it.
inline void add_downwards(const SpreadTables& t, const float* companded, float* sum) {
  constexpr int kReach = 12;
  alignas(64) float padded[kMaxGrid + 16] = {};
  __builtin_memcpy(padded, companded, t.size * sizeof(float));
  for (int i = 0; i < kMaxGrid; i += kLanes) {
    Floats from_above = {};
    for (int step = kReach; step > 0; --step) from_above = (from_above + load(padded + i + step)) * t.down;
    store(sum + i, load(sum + i) + from_above);
  }
}

// The sums back to energies.
inline void expand(const SpreadTables& t, const float* sum, float* energy) {
  for (int i = 0; i < kMaxGrid; i += kLanes)
    store(energy + i, exp2(log2(load(sum + i)) * (1.0f / kAdditivity)) * load(t.normal + i));
}

}  // namespace

void pseudo_power(const float* x, int lines, float* power) {
  constexpr float kScale = 1.0f / 2.5f;  // mean of X^2 over that of the sum: 1/3 for noise, about 1/2 for a steady tone
  power[0] = kScale * (x[0] * x[0] + (x[1] + x[0]) * (x[1] + x[0]));
  for (int k = 1; k < lines - 1; ++k) {
    const float slope = x[k + 1] - x[k - 1];
    power[k] = kScale * (x[k] * x[k] + slope * slope);
  }
  const float last = x[lines - 1];
  power[lines - 1] = kScale * (last * last + x[lines - 2] * x[lines - 2]);
}

void multiply_rows(const BandedRows& matrix, const float* x, float* y) {
  const float* weight = matrix.weight;
  for (int row = 0; row < matrix.rows; ++row) {
    const float* from = x + matrix.first[row];
    Floats4 sum = {};
    for (int quad = 0; quad < matrix.quads[row]; ++quad, from += 4, weight += 4)
      sum += load<Floats4>(from) * load<Floats4>(weight);
    y[row] += total(sum);
  }
}

void spread(const SpreadTables& t, float* energy, int windows) {
  for (int first = 0; first < windows; first += 2) {
    const bool alone = first + 1 == windows;
    alignas(64) float unused[kMaxGrid];
    alignas(64) float slope[2][kMaxGrid];
    alignas(64) float sum[2][kMaxGrid];
    float* const window[2] = {energy + kMaxGrid * first, alone ? unused : energy + kMaxGrid * (first + 1)};
    if (alone) __builtin_memcpy(unused, window[0], sizeof unused);
    for (int w = 0; w < 2; ++w) compand(t, window[w], slope[w]);
    add_upwards(t, window, slope, sum);
    for (int w = 0; w < 2; ++w) {
      add_downwards(t, window[w], sum[w]);
      expand(t, sum[w], window[w]);
    }
  }
}

void smear(const SpreadTables& t, const float* excitation, float* smeared, float* reciprocal) {
  for (int i = 0; i < kMaxGrid; i += kLanes) {
    const Floats a = load(t.decay + i);
    const Floats now = load(excitation + i);
    const Floats faded = a * load(smeared + i) + (1.0f - a) * now;
    store(smeared + i, faded);
    store(reciprocal + i, 1.0f / greatest(now, faded));
  }
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
