// What the kernels of the rate loop exchange: values by band, kBandSlots of each, those beyond the layout's bands
// without meaning or effect.
#pragma once

#include <cstdint>

namespace sluice::mp3 {

inline constexpr int kBandSlots = 48;    // room for the bands of any layout, a multiple of every target's lanes
inline constexpr int kLinePadding = 16;  // lines behind a granule that kernels may touch

// Largest magnitude a code can express: 15 plus 13 linbits.
inline constexpr int kMaxQuantized = 15 + 8191;
// Rounding offset of C.1.5.4.4.1: nint(x - 0.0946). For values below 1 it is the exact midpoint of 0 and 1 in x.
inline constexpr float kRounding = 0.4054f;

// Step indices that occur: global_gain 0..255 less 8 x 7 of subblock_gain and 4 x (15 + 3) of scalefactors.
inline constexpr int kMinStepIndex = -128;
inline constexpr int kMaxStepIndex = 255;
// High-resolution noise grows by 2^(3/8) per index.
inline constexpr float kLog2NoisePerIndex = 0.375f;

inline constexpr float kAnyStep = -1000.0f;     // index wanted by a band whose lines are all zero
inline constexpr float kNeverCoded = -1000.0f;  // last_offset of a silent band

struct BandMeasures {
  alignas(64) float energy[kBandSlots];     // sum |x|^2
  alignas(64) float sum_root[kBandSlots];   // sum |x|^(1/2)
  alignas(64) float largest34[kBandSlots];  // largest |x|^(3/4)
};

struct BandTargets {
  alignas(64) float index[kBandSlots];        // step index at which the noise is as allowed
  alignas(64) float last_offset[kBandSlots];  // offset from it at which the noise reaches the energy
  alignas(64) float finest[kBandSlots];       // smallest index whose codes are large enough
};

// By band of a layout; silent bands, and those beyond the layout, want kAnyStep.
struct ScalefactorWishes {
  alignas(64) float index[kBandSlots];
  alignas(64) float finest[kBandSlots];   // smallest index whose codes are large enough for the band's lines
  alignas(64) float lowered[kBandSlots];  // what subblock_gain takes from global_gain
};

// What a layout's scalefactors can do.
struct ScalefactorLimits {
  int slots;                             // bands, rounded up to a multiple of every target's lanes
  alignas(64) float width[kBandSlots];   // lines
  alignas(64) float most[kBandSlots];    // largest scalefactor
  alignas(64) float lower[kBandSlots];   // 1 in the bands of slen1, 0 in those of slen2
  alignas(64) float pretab[kBandSlots];  // Table B.6
};

// A candidate: small integers as floats.
struct ScalefactorTrial {
  float gain;     // global_gain
  float step;     // by which a scalefactor lowers the index: 2 or 4
  float preflag;  // 1 adds pretab to the scalefactors
};

struct ScalefactorScore {
  float unevenness;     // sum of width times squared distance from the wanted index
  float headroom;       // least distance of a band's step from its finest; below 0: the trial cannot be coded
  float shortfall;      // whole scalefactor units by which the neediest band misses its wanted index
  float largest_lower;  // scalefactor in the bands of slen1
  float largest_upper;  // and of slen2
};

}  // namespace sluice::mp3
