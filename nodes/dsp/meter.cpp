// Level meter: passes audio on unchanged and shows its peak and RMS level over short windows.
#include "engine/node/node.h"
#include "nodes/dsp/kernels/level.h"

namespace sluice::dsp {
namespace {

class Meter final : public SampleNode {
 public:
  Param<double> window{
      *this, "window", {.unit = "s", .default_value = 0.1, .min = 0.001, .max = 60, .doc = "length of a measurement"}};
  Counter peak{*this, "peak_dbfs", "highest sample of the last window, all channels, re full scale"};
  Counter rms{*this, "rms_dbfs", "RMS of the last window, all channels; a full-scale sine reads -3.01"};
  Counter clipped{*this, "clipped", "samples above full scale so far"};
  Counter invalid{*this, "invalid", "samples so far that are not finite numbers"};

  Status prepare() override {
    window_frames_ = std::max<std::size_t>(1, static_cast<std::size_t>(window * rate_hz() + 0.5));
    left_ = window_frames_;
    peak.set(kSilenceDb);
    rms.set(kSilenceDb);
    return {};
  }

  void process(std::size_t frames) REALTIME override {
    for (std::size_t done = 0; done < frames;) {
      const std::size_t part = std::min(frames - done, left_);
      for (std::size_t c = 0; c < channels(); ++c)
        for (const float x : channel(c).subspan(done, part)) level_.add(x);
      done += part;
      left_ -= part;
      if (left_ == 0) show();
    }
  }

 private:
  void show() noexcept {
    peak.set(level_.peak_db());
    rms.set(level_.rms_db());
    clipped.add(static_cast<double>(level_.clipped()));
    invalid.add(static_cast<double>(level_.invalid()));
    level_.clear();
    left_ = window_frames_;
  }

  std::size_t window_frames_ = 1, left_ = 1;
  LevelWindow level_;
};

}  // namespace

REGISTER_NODE(Meter, "meter", "passes audio on and measures its peak and RMS level")

}  // namespace sluice::dsp
