// Single-carrier frames: liquid-dsp's flexframe, whose own codes and checks are left out (a radio frame brings its
// own). Two samples a symbol, root-raised cosine with an excess bandwidth of 0.25; 64 symbols of preamble, a head in
// BPSK with Golay code and CRC-32, the payload.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/kernels/qam.h"
#include "nodes/sdr/soft_frame.h"

namespace sluice::sdr {

// Bytes -> samples. One thread at a time; not realtime-safe: liquid-dsp allocates when the length changes.
class FlexframeModulator {
 public:
  explicit FlexframeModulator(Modulation modulation);
  ~FlexframeModulator();
  FlexframeModulator(const FlexframeModulator&) = delete;
  FlexframeModulator& operator=(const FlexframeModulator&) = delete;

  // Mean power 1; at most 65535 bytes. Valid until the next call.
  std::span<const Sample> frame(std::span<const std::uint8_t> air);

 private:
  void* generator_;
  std::vector<std::uint8_t> air_;
  std::vector<Sample> samples_;
};

// Samples -> frames. liquid-dsp hunts for preambles at 0.4 million samples a second and core (measured), so it is shown
// only what an EnergyGate lets through. One thread at a time; not realtime-safe, as above.
class FlexframeDemodulator {
 public:
  // gate: least ratio of a burst's power to the floor. Frames of more than max_bytes are not believed.
  FlexframeDemodulator(float gate, std::size_t max_bytes);
  ~FlexframeDemodulator();
  FlexframeDemodulator(const FlexframeDemodulator&) = delete;
  FlexframeDemodulator& operator=(const FlexframeDemodulator&) = delete;

  void push(std::span<const Sample> samples);
  std::optional<SoftFrame> next() noexcept;
  const FrameCounts& counts() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace sluice::sdr
