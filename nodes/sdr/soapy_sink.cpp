// A transmitter, through SoapySDR: whatever radio there is a module for. It takes samples by its own clock; when it
// runs dry, that is counted. One that stands still or vanishes is opened anew, and what came meanwhile is not sent.
// Whoever transmits needs the right to do so. Delay: one block and the driver's buffers.
#include <cmath>
#include <utility>

#include "engine/node/node.h"
#include "nodes/sdr/formats.h"
#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/radio_params.h"

namespace sluice::sdr {
namespace {

class SoapySink final : public Node {
 public:
  In<Sample> in{*this, "in", "samples to be sent, full scale 1"};
  RadioParams radio{*this};
  Param<double> gain{
      *this, "gain", {.unit = "dB", .default_value = 0, .min = -100, .max = 200, .doc = "of the sender"}};
  Counter underflows{*this, "underflows", "times that the device ran dry"};
  Counter reopened{*this, "reopened", "times that the device stood still or went away", Counter::Tells::fault};
  Counter unsent{*this, "unsent", "samples that came while it was away", Counter::Tells::fault};

  Traits traits() const override { return {.realtime = false, .clock = ClockDomain::device, .hands_over = true}; }
  bool self_driven() const override { return true; }
  std::string clock_name() const override { return radio.clock_name(); }
  std::string exclusive() const override { return "transmission by the " + radio.clock_name(); }
  std::shared_ptr<const ClockFace> clock_face() override {
    if (!face_) face_ = std::make_shared<ClockFace>();
    return face_;
  }

  Status configure() override {
    if (in.format().rate_hz <= 0) return Error{"in", "needs samples of a known rate"};
    return {};
  }

  Status prepare() override {
    RadioSettings settings = radio.settings(RadioDirection::transmit, in.format().rate_hz);
    settings.gain_db = gain;
    return device_.open(settings, radio.patience(), Node::now());
  }

  Pull pull() REALTIME override {
    switch (device_.look_after(Node::now())) {
      case PatientRadio::State::running:
        return in.ended() && !block_ ? finish() : write();
      case PatientRadio::State::away:
        return drop();
      case PatientRadio::State::lost:
        break;
    }
    fail(kRadioLost);
    return Pull::ended();
  }

  void stop() override { device_.close(); }

 private:
  using Outcome = RadioDevice::Transfer::Outcome;

  Pull write() noexcept {
    if (!block_) {
      block_ = in.next();
      sent_ = 0;
    }
    if (!block_) {
      idle_ = true;
      return Pull::woken();
    }
    if (std::exchange(idle_, false)) device_.judge(Outcome::moved, Node::now());  // it was not its fault
    const BlockHeader& header = block_->header;
    const auto samples = std::as_const(*block_).iq().subspan(sent_);
    const auto [outcome, count, why] = device_.device().write(samples, kRadioPatienceUs);
    const Time now = Node::now();
    if (sent_ == 0 && count > 0) host().handed_over(header.capture_time);
    if (face_ && count > 0)
      face_->show({now, header.capture_time + frames_to_duration(static_cast<double>(sent_), in.format().rate_hz)});
    sent_ += count;
    if (sent_ == block_->frames()) block_.reset();
    underflows.add((outcome == Outcome::lost_samples ? 1 : 0) + device_.device().underflows());
    device_.judge(outcome, now);
    reopened.set(device_.losses());
    return Pull::again();
  }

  // While the device is away.
  Pull drop() noexcept {
    for (; block_ || (block_ = in.next()); block_.reset(), sent_ = 0)
      unsent.add(static_cast<double>(block_->frames() - sent_));
    return in.ended() ? Pull::ended() : Pull::at(device_.retry_at());
  }

  Pull finish() noexcept {
    device_.device().end_burst();
    return Pull::ended();
  }

  PatientRadio device_;
  std::shared_ptr<ClockFace> face_;
  BlockRef block_;        // being sent
  std::size_t sent_ = 0;  // samples of it
  bool idle_ = false;     // there was nothing to send
};

}  // namespace

REGISTER_NODE(SoapySink, "sdr.soapy_sink", "sends samples by a transmitter, through SoapySDR")

}  // namespace sluice::sdr
