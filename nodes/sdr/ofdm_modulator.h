// Bytes -> one OFDM frame of samples, by liquid-dsp's ofdmframegen.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "nodes/sdr/ofdm_layout.h"

namespace sluice::sdr {

// One thread at a time; realtime-safe but for constructor and destructor.
class OfdmModulator {
 public:
  OfdmModulator(std::shared_ptr<const OfdmLayout> layout, Modulation modulation, std::size_t max_bytes);
  ~OfdmModulator();
  OfdmModulator(const OfdmModulator&) = delete;
  OfdmModulator& operator=(const OfdmModulator&) = delete;

  // Mean power 1 over the frame; at most max_bytes (<= 65535). Valid until the next call.
  std::span<const Sample> frame(std::span<const std::uint8_t> air) noexcept;
  std::size_t max_samples() const noexcept { return samples_.size(); }

 private:
  void write_symbols(Modulation modulation, std::span<const std::uint8_t> air, std::size_t count, bool repeat) noexcept;

  std::shared_ptr<const OfdmLayout> layout_;
  Modulation modulation_;
  void* generator_;
  std::vector<Sample> spectrum_, samples_;
  std::size_t written_ = 0;  // samples
  float gain_ = 1;           // to mean power 1
};

}  // namespace sluice::sdr
