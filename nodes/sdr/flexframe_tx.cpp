// Radio frames as bursts of single-carrier samples (flexframe.h), each in the slot of its packet (burst_tx.h). Below
// OFDM in speed and against echoes, above it in noise and at constant envelope; sdr.flexframe_rx states the limits.
#include <memory>

#include "nodes/sdr/burst_tx.h"
#include "nodes/sdr/flexframe.h"

namespace sluice::sdr {
namespace {

class FlexframeTx final : public BurstTx {
 public:
  FlexframeTx() : BurstTx(true) {}

  Traits traits() const override { return {.realtime = false}; }

  Status prepare() override {
    modulator_ = std::make_unique<FlexframeModulator>(*find_modulation(modulation.value()));
    return BurstTx::prepare();
  }

 protected:
  std::span<const Sample> modulate(std::span<const std::uint8_t> frame) noexcept override {
    return modulator_->frame(frame);
  }

 private:
  std::unique_ptr<FlexframeModulator> modulator_;
};

}  // namespace

REGISTER_NODE(FlexframeTx, "sdr.flexframe_tx", "radio frames as bursts of single-carrier samples")

}  // namespace sluice::sdr
