// Digital silence.
#include "nodes/dsp/source.h"

namespace sluice::dsp {
namespace {

class Silence final : public GeneratedSource {
 protected:
  void generate(Block& next) REALTIME override {
    for (std::size_t c = 0; c < next.channels(); ++c) std::ranges::fill(next.channel(c), 0.0f);
  }
};

}  // namespace

REGISTER_NODE(Silence, "silence", "zeros")

}  // namespace sluice::dsp
