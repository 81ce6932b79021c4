// Noise allocation: quantiser steps that keep the noise of every band in one relation to its threshold, as low as the
// bits of the frame allow. In place of the nested loops of ISO/IEC 11172-3 C.1.5.4 the step of each band is predicted
// from the wanted noise, corrected once by the noise measured, and all bands of the frame then move together until the
// bits fit.
#pragma once

#include <memory>

#include "nodes/mp3/kernels/analysis.h"
#include "nodes/mp3/kernels/quantized.h"
#include "nodes/mp3/kernels/quantizer.h"
#include "nodes/mp3/kernels/reservoir.h"

namespace sluice::mp3 {

// What a rate loop may be told. Frequencies in Hz.
struct RateOptions {
  int lowpass_hz = 0;         // lines above are dropped; 0 chooses by bitrate
  int reservoir_bytes = 511;  // upper bound; 0 makes every frame stand alone
  bool crc = false;           // 16 bits of every frame go to the CRC word
  int restart_frames = 0;     // at least one frame in so many has main_data_begin 0; 0 = no such promise
};

// Bandwidth that serves the bitrate best.
int default_lowpass_hz(const StreamFormat& format);

// One stream. Not thread-safe; real-time safe after construction.
class RateLoop {
 public:
  RateLoop(const StreamFormat& format, const RateOptions& options);
  ~RateLoop();

  // Quantises one frame. Frames come in order.
  void encode(const AnalysedFrame& in, QuantizedFrame& out);
  // After a gap in the input: the next frame does not reach back.
  void reset();

 private:
  struct Workspace;
  StreamFormat format_;
  Reservoir reservoir_;
  int restart_frames_;
  int frames_since_restart_ = 0;
  float offset_ =
      0.0f;  // of all steps from their thresholds, in step indices; kept from frame to frame as the first guess
  std::unique_ptr<Workspace> work_;

  void load(const AnalysedFrame& in);
  void schedule_restart();
  int encode_at(float offset, QuantizedFrame& out);
  int search(int target_bits, int max_bits, QuantizedFrame& out);
};

}  // namespace sluice::mp3
