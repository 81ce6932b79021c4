// A test tone: x[n] = 10^(level/20) w(f n / fs), with w one period of the waveform, peak 1 (kernels/oscillator.h).
#include <cmath>

#include "nodes/dsp/kernels/oscillator.h"
#include "nodes/dsp/source.h"

namespace sluice::dsp {
namespace {

class Tone final : public GeneratedSource {
 public:
  Param<double> freq{
      *this, "freq", {.unit = "Hz", .default_value = 1000, .min = 0, .max = 384000, .doc = "at most half the rate"}};
  Param<double> level{
      *this, "level", {.unit = "dBFS", .default_value = -20, .min = -140, .max = 0, .doc = "peak re full scale"}};
  Param<std::string> waveform{
      *this, "waveform", {.default_value = "sine", .choices = {"sine", "square", "saw"}, .doc = "shape of a period"}};

  Status configure() override {
    if (freq > rate / 2) return Error{"freq", "above half the sampling rate: a tone there would alias"};
    return GeneratedSource::configure();
  }

  Status prepare() override {
    const Waveform shape = waveform.is("sine")     ? Waveform::sine
                           : waveform.is("square") ? Waveform::square
                                                   : Waveform::saw;
    oscillator_ = Oscillator(shape, freq, rate);
    amplitude_ = static_cast<float>(std::pow(10.0, level / 20));
    return {};
  }

 protected:
  void generate(Block& next) REALTIME override {
    const auto first = next.channel(0);
    for (std::size_t n = 0; n < first.size(); ++n)
      first[n] = amplitude_ * oscillator_.at(next.header.position + static_cast<std::int64_t>(n));
    for (std::size_t c = 1; c < next.channels(); ++c) std::ranges::copy(first, next.channel(c).begin());
  }

 private:
  Oscillator oscillator_;
  float amplitude_ = 0;
};

}  // namespace

REGISTER_NODE(Tone, "tone", "a sine, square or saw test tone, the same on every channel")

}  // namespace sluice::dsp
