// An endless generated piece of music (kernels/tune.h): a source for a machine without a microphone.
#include "nodes/dsp/kernels/tune.h"

#include <optional>
#include <vector>

#include "nodes/dsp/source.h"

namespace sluice::dsp {
namespace {

class TuneSource final : public GeneratedSource {
 public:
  Param<int> seed{
      *this, "seed", {.default_value = 1, .min = 0, .max = 1000000000, .doc = "another seed, another melody"}};

  Status configure() override {
    if (rate < 8000) return Error{"rate", "the tune needs 8 kHz or more"};
    return GeneratedSource::configure();
  }

  Status prepare() override {
    tune_.emplace(rate, static_cast<std::uint64_t>(seed.value()));
    side_.resize(static_cast<std::size_t>(out.spec().block_frames));
    return {};
  }

 protected:
  // Stereo on channels 1 and 2; mono is the mean of both; further channels are silent.
  void generate(Block& next) REALTIME override {
    const auto left = next.channel(0);
    const auto right = next.channels() > 1 ? next.channel(1) : std::span(side_).first(next.frames());
    tune_->generate(left, right);
    if (next.channels() == 1)
      for (std::size_t n = 0; n < left.size(); ++n) left[n] = 0.5f * (left[n] + right[n]);
    for (std::size_t c = 2; c < next.channels(); ++c) std::ranges::fill(next.channel(c), 0.0f);
  }

 private:
  std::optional<Tune> tune_;
  std::vector<float> side_;  // right channel of a mono tune
};

}  // namespace

REGISTER_NODE(TuneSource, "tune", "an endless generated piece of music, stereo, about -14 dBFS")

}  // namespace sluice::dsp
