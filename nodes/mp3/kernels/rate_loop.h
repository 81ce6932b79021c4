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
  RateMethod method = RateMethod::kConstant;
  double quality = 4.0;       // kVariable: 0 best .. 10, vbr_scale.h
  double mean_kbps = 0.0;     // kMean
  BitrateRange range = {};    // kMean and kVariable; by default the widest
  int lowpass_hz = 0;         // lines above are dropped; 0 chooses by bitrate
  int reservoir_bytes = 511;  // upper bound; 0 makes every frame stand alone
  bool crc = false;           // 16 bits of every frame go to the CRC word
  int restart_frames = 0;     // at least one frame in so many has main_data_begin 0; 0 = no such promise
};

// Bandwidth that serves the bitrate best.
int default_lowpass_hz(const StreamFormat& format);

// Most bytes that may wait in the bank of a stream with these options.
int reservoir_limit(const StreamFormat& format, const RateOptions& options);

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
  std::unique_ptr<Reservoir> reservoir_;
  int restart_frames_;
  int frames_since_restart_ = 0;
  // Of all steps from their thresholds, in step indices; kept from frame to frame as the first guess.
  float offset_ = 0.0f;
  // What the latest frame took at that offset, and demanded.
  struct {
    float bits = 0.0f;
    float demand = 0.0f;
  } latest_;
  float log_slope_;
  double quality_;  // where it decides the offset
  std::unique_ptr<Workspace> work_;

  void load(const AnalysedFrame& in);
  void schedule_restart();
  int encode_at(float offset, QuantizedFrame& out);
  int encode_within(const Reservoir::Budget& budget, QuantizedFrame& out);
  float first_offset(float target_bits) const;
  int search(const Reservoir::Budget& budget, QuantizedFrame& out);
};

}  // namespace sluice::mp3
