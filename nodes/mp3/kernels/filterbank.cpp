#include "nodes/mp3/kernels/filterbank.h"

#include <cmath>
#include <numbers>

#include "nodes/mp3/kernels/simd.h"

namespace sluice::mp3 {
namespace {

constexpr int kHalf = kSubbands / 2;

// C[i] of C.1.3, the analysis window.
float window(int i) {
  return static_cast<float>(kWindowD65536[static_cast<std::size_t>(i)] / 65536.0 / 32.0);
}

// In block j: the factor of the second term of f[k]. y[0] of a block is taken with the block before, C[0] being 0.
float backwards_factor(int j, int k) {
  if (k == 0 || (k == kHalf && j == 7)) return 0.0f;
  if (k < kHalf) return window(64 * j + 16 - k);
  return k == kHalf ? window(64 * j + 64) : -window(64 * j + 80 - k);
}

PolyphaseTables make_tables() {
  PolyphaseTables t;
  for (int j = 0; j < 8; ++j)
    for (int k = 0; k < kSubbands; ++k) {
      t.forwards[j][k] = window(64 * j + 16 + k);
      t.backwards[j][k] = backwards_factor(j, k);
    }
  for (int k = 0; k < kHalf; ++k)
    for (int i = 0; i < kHalf; ++i) {
      t.even[k][i] = static_cast<float>(std::cos((2 * i + 1) * (2 * k) * std::numbers::pi / 64));
      t.odd[k][i] = static_cast<float>(std::cos((2 * i + 1) * (2 * k + 1) * std::numbers::pi / 64));
    }
  return t;
}

const PolyphaseTables& tables() {
  static const PolyphaseTables instance = make_tables();
  return instance;
}

}  // namespace

Polyphase::Polyphase() {
  tables();
}

void Polyphase::reset() {
  oldest_first_.fill(0.0f);
  newest_first_.fill(0.0f);
}

void Polyphase::analyse(std::span<const float, kLines> samples, SubbandGranule& out) {
  float* const oldest_first = oldest_first_.data() + kBefore;
  simd().polyphase_take(samples.data(), oldest_first, newest_first_.data());
  simd().polyphase_slots(tables(), oldest_first, newest_first_.data(), out.front().data());
}

}  // namespace sluice::mp3
