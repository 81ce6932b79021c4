// One frame's carriers: offset taken out, channel estimated from S1, phase and clock followed by the pilots.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "nodes/sdr/kernels/carrier_tracker.h"
#include "nodes/sdr/kernels/channel_smoother.h"
#include "nodes/sdr/ofdm_layout.h"

namespace sluice::sdr {

// One thread at a time; realtime-safe but for the constructor.
class OfdmEqualiser {
 public:
  explicit OfdmEqualiser(std::shared_ptr<const OfdmLayout> layout);

  // The M samples of S1. cfo: cycles per sample. False where there is silence: nothing can be read then.
  bool begin(std::span<const Sample> s1, double cfo) noexcept;
  // The M samples of the next symbol, `step` samples behind those of the last one.
  void read(std::span<const Sample> symbol, std::size_t step) noexcept;

  // Of the last symbol, by carrier: the received value times the channel's conjugate, and the channel's power; in units
  // of the channel's mean power.
  std::span<const Sample> matched() const noexcept { return matched_; }
  std::span<const float> weight() const noexcept { return weight_; }

  // Samples by which the next symbol should be taken later, after which it is.
  int timing_step() noexcept;
  double snr() const noexcept;
  double cfo() const noexcept;                               // cycles per sample, with what the pilots found
  double drift() const noexcept { return timing_.drift(); }  // samples a symbol

 private:
  std::span<const Sample> transform(std::span<const Sample> symbol) noexcept;
  void match(std::span<const Sample> spectrum) noexcept;
  void follow_pilots() noexcept;

  std::shared_ptr<const OfdmLayout> layout_;
  ForwardFft fft_;
  ChannelSmoother smoother_;
  std::vector<Sample> rotation_;       // exp(-j 2 pi cfo n)
  std::vector<Sample> raw_, channel_;  // by carrier
  std::vector<Sample> matcher_;        // conj(channel) / mean power
  std::vector<Sample> matched_;
  std::vector<float> weight_;
  float mean_power_ = 0, noise_ = 0;  // of a carrier
  double cfo_ = 0, base_phase_ = 0;   // rad at the symbol's first sample, from the offset alone
  std::size_t symbol_ = 0;            // behind S1
  PhaseTracker phase_;
  TimingTracker timing_;
};

}  // namespace sluice::sdr
