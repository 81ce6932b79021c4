// OFDM samples -> radio frames as soft bits (ofdm_demodulator.h). Frequency offsets up to 0.05 cycles a sample, clocks
// that differ by 200 ppm, echoes up to the prefix. Lost in noise, it is in step again with the next preamble.
#include <memory>

#include "nodes/sdr/frame_rx.h"
#include "nodes/sdr/ofdm_demodulator.h"
#include "nodes/sdr/ofdm_params.h"
#include "nodes/sdr/radio_framer.h"

namespace sluice::sdr {
namespace {

class OfdmRx final : public FrameRx {
 public:
  Param<double> max_cfo{
      *this,
      "max_cfo",
      {.default_value = 0.05, .min = 0.001, .max = 0.2, .doc = "frequency offset that is looked for, cycles/sample"}};
  OfdmParams ofdm{*this};

  Status configure() override {
    if (const Status status = ofdm.check(); !status) return status;
    return FrameRx::configure();
  }

  Status prepare() override {
    const auto layout = std::make_shared<OfdmLayout>(ofdm.shape());
    demodulator_ = std::make_unique<OfdmDemodulator>(layout, max_cfo, kMaxFrameAir,
                                                     static_cast<std::size_t>(in.spec().block_frames));
    return {};
  }

 protected:
  std::size_t behind() const override { return 3 * ofdm.shape().symbol(); }
  void push(std::span<const Sample> samples) noexcept override { demodulator_->push(samples); }
  std::optional<SoftFrame> next() noexcept override { return demodulator_->next(); }
  FrameCounts counts() const noexcept override { return demodulator_->counts(); }

 private:
  std::unique_ptr<OfdmDemodulator> demodulator_;
};

}  // namespace

REGISTER_NODE(OfdmRx, "sdr.ofdm_rx", "radio frames from OFDM samples, as soft bits")

}  // namespace sluice::sdr
