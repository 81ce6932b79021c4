// Constants of the analysis filterbank in the order in which the kernel reads them; filled in filterbank.cpp.
#pragma once

namespace sluice::mp3 {

inline constexpr int kPolyphaseHistory = 512 - 32;  // samples before a granule that its windows reach

// Samples beyond this, 12 dB above full scale, are no audio; they are clamped so that no later stage can overflow, nor
// a decoder that has fixed-point numbers below 8 (libmad).
inline constexpr float kMaxSample = 4.0f;

// The cosine of C.1.3 is even about k = 16, so that y[0..63] folds to 32 values before the matrix:
//   f[0] = y[16],  f[k] = y[16 + k] + y[16 - k] for k <= 16,  f[k] = y[16 + k] - y[80 - k] above.
// The first terms run through the window forwards, the second backwards: one table for each, signs included.
struct PolyphaseTables {
  alignas(64) float forwards[8][32];   // [j][k]: C[64 j + 16 + k]
  alignas(64) float backwards[8][32];  // [j][k]: the second term's factor of x[64 j + 16 - k], or of x[64 j + 80 - k]
  // The cosine matrix by the parity of k: row k / 2 holds subbands 0..15. Subband 31 - i has the same even part and the
  // negated odd part.
  alignas(64) float even[16][16];
  alignas(64) float odd[16][16];
};

}  // namespace sluice::mp3
