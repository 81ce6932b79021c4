#include "nodes/mp3/kernels/simd/polyphase_tables.h"

#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

constexpr int kSlots = 18;
constexpr int kLines = 32 * kSlots;
constexpr int kBlock = 64;  // the window is 8 blocks of 64

constexpr int kAtOnce = 6;  // slots, so that each value of the tables is read once for them

// forward: x[0] of the last of the slots; backward: x[511] of the first. folded: [kAtOnce][32].
inline void window_and_fold(const PolyphaseTables& t, const float* forward, const float* backward,
                            float (*folded)[32]) {
  for (int k = 0; k < 32; k += kLanes) {
    const float* const above = forward + 16 + k;
    const float* const below = backward + 511 - (k < 16 ? 16 : 80) + k;
    Floats up[kAtOnce] = {};
    Floats down[kAtOnce] = {};
    for (int j = 0; j < 8; ++j) {
      const Floats forwards = load(&t.forwards[j][k]);
      const Floats backwards = load(&t.backwards[j][k]);
      for (int slot = 0; slot < kAtOnce; ++slot) {
        up[slot] += forwards * load(above + kBlock * j + 32 * (kAtOnce - 1 - slot));
        down[slot] += backwards * load(below - kBlock * j + 32 * slot);
      }
    }
    for (int slot = 0; slot < kAtOnce; ++slot) store(folded[slot] + k, up[slot] + down[slot]);
  }
}

inline void modulate(const PolyphaseTables& t, const float (*folded)[32], float* out) {
  for (int i = 0; i < 16; i += kLanes) {
    Floats even[kAtOnce] = {};
    Floats odd[kAtOnce] = {};
    for (int k = 0; k < 16; ++k) {
      const Floats even_row = load(&t.even[k][i]);
      const Floats odd_row = load(&t.odd[k][i]);
      for (int slot = 0; slot < kAtOnce; ++slot) {
        even[slot] += even_row * folded[slot][2 * k];
        odd[slot] += odd_row * folded[slot][2 * k + 1];
      }
    }
    for (int slot = 0; slot < kAtOnce; ++slot) {
      store(out + 32 * slot + i, even[slot] + odd[slot]);
      store(out + 32 * slot + 32 - kLanes - i, reverse(even[slot] - odd[slot]));
    }
  }
}

// NaN, the one value that differs from itself, counts as 0.
inline Floats sanitise(Floats x) {
  const Floats limit = Floats{} + kMaxSample;
  x = x == x ? x : Floats{};
  x = x < limit ? x : limit;
  return x > -limit ? x : -limit;
}

}  // namespace

void polyphase_take(const float* samples, float* oldest_first, float* newest_first) {
  __builtin_memmove(oldest_first, oldest_first + kLines, kPolyphaseHistory * sizeof(float));
  __builtin_memmove(newest_first + kLines, newest_first, kPolyphaseHistory * sizeof(float));
  for (int i = 0; i < kLines; i += kLanes) {
    const Floats x = sanitise(load(samples + i));
    store(oldest_first + kPolyphaseHistory + i, x);
    store(newest_first + kLines - kLanes - i, reverse(x));
  }
}

void polyphase_slots(const PolyphaseTables& tables, const float* oldest_first, const float* newest_first, float* out) {
  for (int slot = 0; slot < kSlots; slot += kAtOnce) {
    alignas(64) float folded[kAtOnce][32];
    window_and_fold(tables, newest_first + 32 * (kSlots - kAtOnce - slot), oldest_first + 32 * slot, folded);
    modulate(tables, folded, out + 32 * slot);
  }
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
