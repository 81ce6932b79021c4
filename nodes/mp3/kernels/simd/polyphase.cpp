#include "nodes/mp3/kernels/simd/polyphase_tables.h"

#include "nodes/mp3/kernels/simd/kernels.h"
#include "nodes/mp3/kernels/simd/lanes.h"

namespace sluice::mp3::SLUICE_SIMD_TARGET {
namespace {

constexpr int kSlots = 18;
constexpr int kLines = 32 * kSlots;
constexpr int kBlock = 64;  // the window is 8 blocks of 64

// forward: x[0] of the slot; backward: x[511].
inline void window_and_fold(const PolyphaseTables& t, const float* forward, const float* backward, float* folded) {
  for (int k = 0; k < 32; k += kLanes) {
    const float* const below = backward + 511 - (k < 16 ? 16 : 80) + k;
    Floats up = load(&t.forwards[0][k]) * load(forward + 16 + k);
    Floats down = load(&t.backwards[0][k]) * load(below);
    for (int j = 1; j < 8; ++j) {
      up += load(&t.forwards[j][k]) * load(forward + kBlock * j + 16 + k);
      down += load(&t.backwards[j][k]) * load(below - kBlock * j);
    }
    store(folded + k, up + down);
  }
}

inline void modulate(const PolyphaseTables& t, const float* folded, float* out) {
  for (int i = 0; i < 16; i += kLanes) {
    Floats even = load(&t.even[0][i]) * folded[0];
    Floats odd = load(&t.odd[0][i]) * folded[1];
    for (int k = 1; k < 16; ++k) {
      even += load(&t.even[k][i]) * folded[2 * k];
      odd += load(&t.odd[k][i]) * folded[2 * k + 1];
    }
    store(out + i, even + odd);
    store(out + 32 - kLanes - i, reverse(even - odd));
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
  for (int slot = 0; slot < kSlots; ++slot) {
    alignas(64) float folded[32];
    window_and_fold(tables, newest_first + 32 * (kSlots - 1 - slot), oldest_first + 32 * slot, folded);
    modulate(tables, folded, out + 32 * slot);
  }
}

}  // namespace sluice::mp3::SLUICE_SIMD_TARGET
