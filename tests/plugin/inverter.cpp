// A plug-in with one node; a define spoils it in one way.
#include <stdexcept>

#include "engine/node/plugin.h"

#ifndef INVERTER_TYPE
#define INVERTER_TYPE "test.invert"
#endif

#ifdef INVERTER_UNRESOLVED
namespace sluice {
double of_another_version();
}
#endif

namespace {

class Inverter final : public sluice::SampleNode {
 public:
#ifdef INVERTER_THROWS
  Inverter() {
    throw std::runtime_error("no licence found");
  }
#endif
#ifdef INVERTER_UNRESOLVED
  double other = sluice::of_another_version();
#endif
  void process(std::size_t frames) REALTIME override {
    for (std::size_t c = 0; c < channels(); ++c)
      for (float& x : channel(c).first(frames)) x = -x;
  }
};

// Registered first: it must be gone again when the second node is refused.
class First final : public sluice::SampleNode {
 public:
  void process(std::size_t) REALTIME override {}
};

}  // namespace

REGISTER_NODE(First, "test.first", "does nothing")
REGISTER_NODE(Inverter, INVERTER_TYPE, "turns the phase by 180 degrees")
SLUICE_PLUGIN("inverter")
