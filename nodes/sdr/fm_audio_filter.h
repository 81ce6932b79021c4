// The low-pass of FM broadcasting's sound, which at 48 kHz goes up to the multiplex or comes down from it. Two stages:
// at 48 kHz the slope between 15 kHz and the pilot, where it needs a fifth of the taps that it would at 240 kHz; at
// 240 kHz what keeps the images of 48 kHz away, whose slope may be wide.
#pragma once

#include <cstddef>
#include <vector>

#include "nodes/sdr/fm_band.h"
#include "nodes/sdr/liquid_dsp.h"

namespace sluice::sdr {

inline constexpr double kAudioEdgeHz = 16800;  // middle of the slope
inline constexpr std::size_t kEdgeTaps = 53;   // at 48 kHz: 60 dB beyond 18.6 kHz
inline constexpr std::size_t kImageTaps = 61;  // at 240 kHz: 62 dB beyond 33 kHz, 0.01 dB within 15 kHz
inline constexpr std::size_t kAudioFilterDelay = kEdgeTaps / 2 * kMpxPerAudio + kImageTaps / 2;  // samples of the MPX

// Kaiser's, 60 dB. `edge`: of the rate; `gain`: at 0 Hz.
inline std::vector<float> low_pass(std::size_t taps, double edge, float gain = 1) {
  std::vector<float> filter(taps);
  liquid_firdes_kaiser(static_cast<unsigned>(taps), static_cast<float>(edge), 60, 0, filter.data());
  float sum = 0;
  for (const float tap : filter) sum += tap;
  for (float& tap : filter) tap *= gain / sum;
  return filter;
}

inline firfilt_rrrf make_edge_filter() {
  auto taps = low_pass(kEdgeTaps, kAudioEdgeHz / kAudioRate);
  return firfilt_rrrf_create(taps.data(), kEdgeTaps);
}
inline std::vector<float> image_taps(float gain) {
  return low_pass(kImageTaps, kAudioRate / 2 / kMpxRate, gain);
}

// 48 -> 240 kHz. One thread at a time; realtime-safe but for constructor and destructor.
class AudioRaiser {
 public:
  AudioRaiser() : edge_(make_edge_filter()) {
    auto taps = image_taps(kMpxPerAudio);
    raise_ = firinterp_rrrf_create(kMpxPerAudio, taps.data(), kImageTaps);
  }
  ~AudioRaiser() {
    firfilt_rrrf_destroy(edge_);
    firinterp_rrrf_destroy(raise_);
  }
  AudioRaiser(const AudioRaiser&) = delete;
  AudioRaiser& operator=(const AudioRaiser&) = delete;

  // `out`: kMpxPerAudio samples.
  void run(float in, float* out) noexcept {
    firfilt_rrrf_execute_one(edge_, in, &in);
    firinterp_rrrf_execute(raise_, in, out);
  }

 private:
  firfilt_rrrf edge_;
  firinterp_rrrf raise_ = nullptr;
};

// 240 -> 48 kHz. As above.
class AudioLowerer {
 public:
  AudioLowerer() : edge_(make_edge_filter()) {
    auto taps = image_taps(1);
    lower_ = firdecim_rrrf_create(kMpxPerAudio, taps.data(), kImageTaps);
  }
  ~AudioLowerer() {
    firfilt_rrrf_destroy(edge_);
    firdecim_rrrf_destroy(lower_);
  }
  AudioLowerer(const AudioLowerer&) = delete;
  AudioLowerer& operator=(const AudioLowerer&) = delete;

  // `in`: kMpxPerAudio samples.
  float run(float* in) noexcept {
    float sample = 0;
    firdecim_rrrf_execute(lower_, in, &sample);
    firfilt_rrrf_execute_one(edge_, sample, &sample);
    return sample;
  }

 private:
  firfilt_rrrf edge_;
  firdecim_rrrf lower_ = nullptr;
};

}  // namespace sluice::sdr
