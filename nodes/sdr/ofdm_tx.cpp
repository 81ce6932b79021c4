// Radio frames as bursts of OFDM (liquid-dsp's ofdmframegen; ofdm_layout.h), each in the slot of its packet
// (burst_tx.h).
#include <memory>

#include "nodes/sdr/burst_tx.h"
#include "nodes/sdr/ofdm_modulator.h"
#include "nodes/sdr/ofdm_params.h"
#include "nodes/sdr/radio_framer.h"

namespace sluice::sdr {
namespace {

class OfdmTx final : public BurstTx {
 public:
  OfdmParams ofdm{*this};

  Status configure() override {
    if (const Status status = ofdm.check(); !status) return status;
    return BurstTx::configure();
  }

  Status prepare() override {
    layout_ = std::make_shared<OfdmLayout>(ofdm.shape());
    modulator_ = std::make_unique<OfdmModulator>(layout_, *find_modulation(modulation.value()), kMaxFrameAir);
    return BurstTx::prepare();
  }

 protected:
  std::span<const Sample> modulate(std::span<const std::uint8_t> frame) noexcept override {
    return modulator_->frame(frame);
  }

 private:
  std::shared_ptr<OfdmLayout> layout_;
  std::unique_ptr<OfdmModulator> modulator_;
};

}  // namespace

REGISTER_NODE(OfdmTx, "sdr.ofdm_tx", "radio frames as bursts of OFDM samples")

}  // namespace sluice::sdr
