// DC blocker: y[n] = x[n] - x[n-1] + r y[n-1],  r = exp(-2 pi cutoff / fs). A zero at DC, a pole just beside it.
// J. O. Smith, Introduction to Digital Filters, "DC Blocker". Delay 0.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "engine/node/plugin.h"

namespace {

class DcBlock final : public sluice::SampleNode {
 public:
  sluice::Param<double> cutoff{
      *this, "cutoff", {.unit = "Hz", .default_value = 10, .min = 1, .max = 200, .doc = "-3 dB here", .live = true}};

  sluice::Status prepare() override {  // may allocate, open files, fail
    state_.resize(static_cast<std::size_t>(input.format().channels));
    return {};
  }

  void process(std::size_t frames) REALTIME override {  // may do none of these
    const auto r = static_cast<float>(std::exp(-2 * std::numbers::pi * cutoff / rate_hz()));
    if (input.gap()) std::ranges::fill(state_, State{});
    for (std::size_t c = 0; c < channels(); ++c) {
      State& last = state_[c];
      for (float& sample : channel(c).first(frames)) {
        last = {.x = sample, .y = sample - last.x + r * last.y};
        sample = last.y;
      }
    }
  }

 private:
  struct State {
    float x = 0, y = 0;  // x[n-1], y[n-1]
  };
  std::vector<State> state_;  // per channel
};

}  // namespace

REGISTER_NODE(DcBlock, "my.dc_block", "takes the DC out of audio")
SLUICE_PLUGIN("my nodes")
