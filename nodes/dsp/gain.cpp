// Gain: y = 10^(gain/20) x. A change while running is a linear ramp of 10 ms, so that it does not click. Delay 0.
#include <cmath>

#include "engine/node/node.h"

namespace sluice::dsp {
namespace {

constexpr double kRamp = 0.010;  // s; shorter is heard as a click on low notes

class Gain final : public SampleNode {
 public:
  Param<double> gain{
      *this,
      "gain",
      {.unit = "dB", .default_value = 0, .min = -120, .max = 60, .doc = "-120 dB is silence", .live = true}};

  Status prepare() override {
    target_db_ = gain;
    factor_ = target_ = factor_of(target_db_);
    return {};
  }

  void process(std::size_t frames) REALTIME override {
    if (gain != target_db_) retarget();
    std::size_t ramp = std::min(frames, ramp_left_);
    for (std::size_t c = 0; c < channels(); ++c) {
      const auto x = channel(c);
      for (std::size_t n = 0; n < ramp; ++n) x[n] *= factor_ + step_ * static_cast<float>(n + 1);
    }
    ramp_left_ -= ramp;
    factor_ = ramp_left_ ? factor_ + step_ * static_cast<float>(ramp) : target_;
    if (factor_ == 1.0f) return;
    for (std::size_t c = 0; c < channels(); ++c)
      for (float& x : channel(c).subspan(ramp)) x *= factor_;
  }

 private:
  static float factor_of(double db) noexcept { return db <= -120 ? 0.0f : static_cast<float>(std::pow(10.0, db / 20)); }

  void retarget() noexcept {
    target_db_ = gain;
    target_ = factor_of(target_db_);
    ramp_left_ = static_cast<std::size_t>(std::max(1.0, kRamp * rate_hz()));
    step_ = (target_ - factor_) / static_cast<float>(ramp_left_);
  }

  double target_db_ = 0;
  float factor_ = 1, target_ = 1;
  float step_ = 0;             // per frame, while ramping
  std::size_t ramp_left_ = 0;  // frames
};

}  // namespace

REGISTER_NODE(Gain, "gain", "amplifies or attenuates, without clicks when changed live")

}  // namespace sluice::dsp
