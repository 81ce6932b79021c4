#include "nodes/mp3/kernels/filterbank.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace sluice::mp3 {
namespace {

constexpr int kHalf = kSubbands / 2;

struct Constants {
  // Window in the order of a buffer that holds the oldest sample first: reversed[j][r] = C[64 j + 63 - r].
  alignas(64) float reversed[8][64];
  // The cosine matrix after folding y to 32 values, split by the parity of k: row k / 2 holds subbands 0..15.
  // Subband 31 - i has the same even part and the negated odd part.
  alignas(64) float even[kHalf][kHalf];
  alignas(64) float odd[kHalf][kHalf];

  Constants() {
    for (int j = 0; j < 8; ++j)
      for (int r = 0; r < 64; ++r) reversed[j][r] = static_cast<float>(kWindowD65536[64 * j + 63 - r] / 65536.0 / 32.0);
    for (int k = 0; k < kHalf; ++k)
      for (int i = 0; i < kHalf; ++i) {
        even[k][i] = static_cast<float>(std::cos((2 * i + 1) * (2 * k) * std::numbers::pi / 64));
        odd[k][i] = static_cast<float>(std::cos((2 * i + 1) * (2 * k + 1) * std::numbers::pi / 64));
      }
  }
};

const Constants& constants() {
  static const Constants instance;
  return instance;
}

float sanitise(float x) {
  const float finite = x == x ? x : 0.0f;  // NaN is the one value that differs from itself
  return std::min(std::max(finite, -kMaxSample), kMaxSample);
}

// y[0..63], given reversed, folded to 32 values by the symmetry of cos about k = 16.
void fold(const float (&reversed_y)[64], float (&folded)[kSubbands]) {
  const auto y = [&](int k) { return reversed_y[63 - k]; };
  folded[0] = y(16);
  for (int k = 1; k <= 16; ++k) folded[k] = y(16 + k) + y(16 - k);
  for (int k = 17; k < kSubbands; ++k) folded[k] = y(16 + k) - y(80 - k);
}

}  // namespace

Polyphase::Polyphase() {
  constants();
}

void Polyphase::reset() {
  buffer_.fill(0.0f);
}

void Polyphase::analyse_slot(const float* window_start, std::array<float, kSubbands>& out) const {
  const Constants& c = constants();
  alignas(64) float y[64] = {};
  for (int j = 0; j < 8; ++j)
    for (int r = 0; r < 64; ++r) y[r] += c.reversed[j][r] * window_start[448 - 64 * j + r];
  alignas(64) float folded[kSubbands];
  fold(y, folded);
  alignas(64) float even[kHalf] = {};
  alignas(64) float odd[kHalf] = {};
  for (int k = 0; k < kHalf; ++k)
    for (int i = 0; i < kHalf; ++i) {
      even[i] += c.even[k][i] * folded[2 * k];
      odd[i] += c.odd[k][i] * folded[2 * k + 1];
    }
  for (int i = 0; i < kHalf; ++i) {
    out[i] = even[i] + odd[i];
    out[kSubbands - 1 - i] = even[i] - odd[i];
  }
}

void Polyphase::analyse(std::span<const float, kLines> samples, SubbandGranule& out) {
  std::transform(samples.begin(), samples.end(), buffer_.begin() + kHistory, sanitise);
  for (int slot = 0; slot < kSlots; ++slot) analyse_slot(buffer_.data() + slot * kSubbands, out[slot]);
  std::copy(buffer_.end() - kHistory, buffer_.end(), buffer_.begin());
}

}  // namespace sluice::mp3
