// What a change of a running graph did.
#pragma once

#include <string>
#include <vector>

#include "engine/core/clock.h"

namespace sluice {

// Node names; a replaced node has the same name before and after.
struct EditReport {
  std::vector<std::string> kept, replaced, added, removed;
  std::vector<std::string> changed;  // live parameters: "volume.gain: 0 dB -> -6 dB"
  std::vector<std::string> unclean;  // what left and could not be finished properly, and why
  Duration held{};                   // the longest that an island stood still for the swap
};

// "replaced: x; added: y, z; volume.gain: 0 dB -> -6 dB"; empty when nothing differs.
std::string summary(const EditReport& report);

}  // namespace sluice
