// A receiver, through SoapySDR: whatever radio there is a module for. What the device drops is a gap in the stream, and
// counted. One that stands still or vanishes is opened anew; the gap is flagged. Delay: one block.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "engine/node/node.h"
#include "nodes/sdr/formats.h"
#include "nodes/sdr/kernels/complex_math.h"
#include "nodes/sdr/radio_params.h"

namespace sluice::sdr {
namespace {

class SoapySource final : public Node {
 public:
  Out<Sample> out{*this, "out", "the receiver's samples"};
  RadioParams radio{*this};
  Param<double> rate{
      *this, "rate", {.unit = "Hz", .default_value = 1.2e6, .min = 1e3, .max = 200e6, .doc = "of the samples"}};
  Param<double> gain{
      *this, "gain", {.unit = "dB", .default_value = 30, .min = -100, .max = 200, .doc = "unless it is automatic"}};
  Param<bool> automatic{*this, "automatic", {.default_value = false, .doc = "the device chooses its gain"}};
  Param<double> duration{
      *this, "duration", {.unit = "s", .default_value = 0, .min = 0, .max = 1e9, .doc = "ends after this; 0: never"}};
  Counter overflows{*this, "overflows", "times that the device dropped samples, the graph being too slow"};
  Counter reopened{*this, "reopened", "times that the device stood still or went away", Counter::Tells::fault};

  Traits traits() const override { return {.realtime = false, .clock = ClockDomain::device}; }
  std::string clock_name() const override { return radio.clock_name(); }
  std::string exclusive() const override { return "reception by the " + radio.clock_name(); }

  Status configure() override {
    out.set_spec(iq_format(rate), kBlock);
    set_delay(out.spec().block_period());
    end_ = duration > 0 ? std::llround(duration * rate) : std::numeric_limits<std::int64_t>::max();
    return {};
  }

  Status prepare() override {
    RadioSettings settings = radio.settings(RadioDirection::receive, rate);
    settings.gain_db = gain;
    settings.automatic_gain = automatic;
    return device_.open(settings, radio.patience(), Node::now());
  }

  Pull pull() REALTIME override {
    if (position_ >= end_) return Pull::ended();
    switch (device_.look_after(Node::now())) {
      case PatientRadio::State::running:
        return read();
      case PatientRadio::State::away:
        return Pull::at(device_.retry_at());
      case PatientRadio::State::lost:
        break;
    }
    fail(kRadioLost);
    return Pull::ended();
  }

  void stop() override { device_.close(); }

 private:
  using Outcome = RadioDevice::Transfer::Outcome;
  static constexpr std::int64_t kBlock = 8192;  // samples: 7 ms at 1.2 MHz

  Pull read() noexcept {
    if (!block_) block_ = out.take(static_cast<std::size_t>(std::min<std::int64_t>(kBlock, end_ - position_)));
    const auto rest = block_->iq().subspan(filled_);
    const auto [outcome, count, why] = device_.device().read(rest, kRadioPatienceUs);
    const Time now = Node::now();
    filled_ += count;
    if (outcome == Outcome::lost_samples) overflows.add();
    const bool closed = device_.judge(outcome, now);
    reopened.set(device_.losses());
    const bool torn = closed || outcome == Outcome::lost_samples;
    if (count == rest.size() || (torn && filled_ > 0)) emit(now);
    gap_ |= torn;
    return Pull::again();
  }

  void emit(Time now) noexcept {
    block_->header.frames = static_cast<std::int64_t>(filled_);
    block_->header.capture_time = now - frames_to_duration(static_cast<double>(filled_), rate);
    block_->header.position = position_;
    block_->header.flags = kIndependent | (std::exchange(gap_, false) ? kDiscontinuity : 0u);
    position_ += static_cast<std::int64_t>(std::exchange(filled_, 0));
    out.emit(std::exchange(block_, {}));
  }

  PatientRadio device_;
  BlockRef block_;  // being filled
  std::size_t filled_ = 0;
  std::int64_t position_ = 0, end_ = 0;
  bool gap_ = false;  // samples are missing before the next one
};

}  // namespace

REGISTER_NODE(SoapySource, "sdr.soapy_source", "samples of a receiver, through SoapySDR")

}  // namespace sluice::sdr
