#include "nodes/mp3/kernels/tuning.h"

namespace sluice::mp3 {

const Tuning& tuning() {
  static constexpr Tuning kDefaults;
  return kDefaults;
}

}  // namespace sluice::mp3
