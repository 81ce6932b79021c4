// White or pink noise, independent on every channel, the same for the same seed (kernels/noise.h).
#include "nodes/dsp/kernels/noise.h"

#include <cmath>
#include <vector>

#include "nodes/dsp/source.h"

namespace sluice::dsp {
namespace {

class Noise final : public GeneratedSource {
 public:
  Param<double> level{
      *this,
      "level",
      {.unit = "dBFS", .default_value = -20, .min = -140, .max = 0, .doc = "RMS re 1.0; peaks are higher"}};
  Param<std::string> color{
      *this, "color", {.default_value = "white", .choices = {"white", "pink"}, .doc = "pink: 3 dB less per octave"}};
  Param<int> seed{
      *this, "seed", {.default_value = 1, .min = 0, .max = 1000000000, .doc = "another seed, other samples"}};

  Status prepare() override {
    sources_.clear();
    for (int c = 0; c < channels; ++c) sources_.emplace_back(static_cast<std::uint64_t>(seed.value()), c);
    amplitude_ = static_cast<float>(std::pow(10.0, level / 20));
    pink_ = color.is("pink");
    return {};
  }

 protected:
  void generate(Block& next) REALTIME override {
    for (std::size_t c = 0; c < next.channels(); ++c) {
      std::int64_t position = next.header.position;
      for (float& x : next.channel(c)) {
        x = amplitude_ * (pink_ ? sources_[c].pink(position) : sources_[c].white(position));
        ++position;
      }
    }
  }

 private:
  std::vector<NoiseSource> sources_;  // per channel
  float amplitude_ = 0;
  bool pink_ = false;
};

}  // namespace

REGISTER_NODE(Noise, "noise", "white or pink noise, reproducible by its seed")

}  // namespace sluice::dsp
