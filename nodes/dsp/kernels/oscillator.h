// Test tones as functions of the sample position, so that they do not depend on block sizes.
#pragma once

#include <cstdint>

namespace sluice::dsp {

enum class Waveform { sine, square, saw };

// One period of the waveform at full scale (peak 1). Square and saw are band-limited with PolyBLEP:
// V. Valimaki, A. Huovilainen, "Antialiasing oscillators in subtractive synthesis", IEEE SPM 24(2), 2007.
class Oscillator {
 public:
  Oscillator() = default;
  // 0 <= frequency_hz <= rate_hz / 2.
  Oscillator(Waveform waveform, double frequency_hz, double rate_hz)
      : waveform_(waveform), step_(frequency_hz / rate_hz) {}

  // Thread-safe: yes. Realtime-safe: yes.
  float at(std::int64_t position) const noexcept;

 private:
  Waveform waveform_ = Waveform::sine;
  double step_ = 0;  // cycles per sample
};

}  // namespace sluice::dsp
