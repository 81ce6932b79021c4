// Log mel energies and cepstra of frames of speech, as Kaldi and the recognisers trained with it define them
// (Povey et al., ASRU 2011; feature-window.cc, mel-computations.cc describe the same):
//   mean removed;  y[n] = x[n] - 0.97 x[n-1];  Povey window (0.5 - 0.5 cos(2 pi n / (N-1)))^0.85;  |FFT|^2;
//   triangles equally spaced on mel(f) = 1127 ln(1 + f / 700);  natural logarithm.
//   c[i] = sqrt(2/M) sum over m of e[m] cos(pi i (m + 1/2) / M), c[0] with sqrt(1/M);  times 1 + 11 sin(pi i / 22).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "nodes/speech/kernels/fft.h"

namespace sluice::speech {

struct MelSettings {
  double rate_hz = 16000;
  std::size_t bins = 80;
  double low_hz = 20;
  double high_hz = 0;  // 0: half the rate; negative: below it
  double window_s = 0.025;
  double hop_s = 0.010;
};

// One frame after another; allocates in its constructor only.
class LogMel {
 public:
  explicit LogMel(const MelSettings& settings);

  std::size_t window() const { return window_.size(); }
  std::size_t hop() const { return hop_; }
  std::size_t bins() const { return triangles_.size(); }
  // x: [window()] samples; energies: [bins()], natural logarithm, of samples scaled as 16-bit numbers.
  void run(std::span<const float> x, std::span<float> energies);

 private:
  struct Triangle {
    std::size_t first = 0;  // bin of the spectrum
    std::vector<float> weights{};
  };

  std::size_t hop_;
  std::vector<float> window_, frame_, power_;
  PowerSpectrum spectrum_;
  std::vector<Triangle> triangles_;
};

// Cepstra of log mel energies, liftered with L = 22.
class Cepstrum {
 public:
  Cepstrum(std::size_t energies, std::size_t count);
  void run(std::span<const float> energies, std::span<float> cepstra) const;
  std::size_t count() const { return rows_.size(); }

 private:
  std::vector<std::vector<float>> rows_;  // [count][energies]
};

}  // namespace sluice::speech
