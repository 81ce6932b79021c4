// Single-carrier samples (flexframe.h) -> radio frames as soft bits. Limits, measured in flexframe_test.cpp: frequency
// offsets up to 0.02 cycles a sample, clocks 20 ppm apart, mild echoes with BPSK and QPSK only; bursts that pauses
// part, 3 dB above the noise. A burst is found by its own preamble alone: nothing has to be in step again after a loss.
#include <cmath>
#include <memory>

#include "nodes/sdr/flexframe.h"
#include "nodes/sdr/frame_rx.h"
#include "nodes/sdr/kernels/energy_gate.h"
#include "nodes/sdr/radio_framer.h"

namespace sluice::sdr {
namespace {

class FlexframeRx final : public FrameRx {
 public:
  Param<double> gate{
      *this,
      "gate",
      {.unit = "dB", .default_value = 3.5, .min = 0, .max = 40, .doc = "least power of a burst above the noise floor"}};

  Traits traits() const override { return {.realtime = false}; }

  Status prepare() override {
    const auto ratio = static_cast<float>(std::pow(10.0, gate / 10));
    demodulator_ = std::make_unique<FlexframeDemodulator>(ratio, kMaxFrameAir);
    return {};
  }

 protected:
  std::size_t behind() const override { return EnergyGate::kWindow; }
  void push(std::span<const Sample> samples) noexcept override { demodulator_->push(samples); }
  std::optional<SoftFrame> next() noexcept override { return demodulator_->next(); }
  FrameCounts counts() const noexcept override { return demodulator_->counts(); }

 private:
  std::unique_ptr<FlexframeDemodulator> demodulator_;
};

}  // namespace

REGISTER_NODE(FlexframeRx, "sdr.flexframe_rx", "radio frames from single-carrier samples, as soft bits")

}  // namespace sluice::sdr
