// What senders of bursts share: each burst in the slot of time that its packet stands for, so that the samples keep the
// rate of the sound: at 48 kHz sound and 480 kHz radio 1152 frames are 11520 samples, burst and pause together.
// Delay: one slot.
#pragma once

#include <cstdint>
#include <span>

#include "engine/node/node.h"
#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/kernels/qam.h"

namespace sluice::sdr {

class BurstTx : public Node {
 public:
  // needs_rate: the rate has no default, so that no conversion of payloads chooses this node by itself.
  explicit BurstTx(bool needs_rate = false)
      : rate{*this,
             "rate",
             {.unit = "Hz",
              .default_value = 400e3,
              .min = 1e3,
              .max = 100e6,
              .doc = "of the samples",
              .required = needs_rate}} {}

  In<Packet<"sdr.frame">> in{*this, "in", "radio frames"};
  Out<Sample> out{*this, "out", "complex baseband"};
  Param<double> rate;
  Param<std::string> modulation{*this,
                                "modulation",
                                {.default_value = "qpsk",
                                 .choices = {kModulationNames.begin(), kModulationNames.end()},
                                 .doc = "of the payload; the head is always BPSK"}};
  Param<double> level{
      *this, "level", {.unit = "dBFS", .default_value = -12, .min = -60, .max = 0, .doc = "mean power of a burst"}};
  Counter busy{*this, "busy_percent", "share of the last slot that its burst took"};
  Counter overruns{*this, "overruns", "bursts longer than their slot: rate or modulation is too low",
                   Counter::Tells::fault};
  Counter clipped{*this, "clipped", "samples beyond full scale"};

  Status configure() override;
  Status prepare() override;
  void process() REALTIME override;

 protected:
  // The samples of one frame of 1..kMaxFrameAir bytes, mean power 1; valid until the next call.
  virtual std::span<const Sample> modulate(std::span<const std::uint8_t> frame) noexcept = 0;

 private:
  std::size_t slot(std::int64_t frames, std::size_t burst) noexcept;
  void send(std::span<const Sample> burst, std::size_t length, const BlockHeader& from) noexcept;
  Sample limited(Sample x) noexcept;

  float gain_ = 1;
  std::int64_t sound_ = 0;     // frames of sound so far
  std::int64_t position_ = 0;  // samples so far
};

}  // namespace sluice::sdr
