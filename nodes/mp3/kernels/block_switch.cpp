#include "nodes/mp3/kernels/block_switch.h"

#include <algorithm>

#include "nodes/mp3/kernels/simd.h"

namespace sluice::mp3 {
namespace {

// Energy per step below which nothing is an attack: 16-bit rounding noise is about 1e-9 in two slots of 8 subbands.
constexpr float kQuietEnergy = 1e-7f;
// An attack from this slot on lies outside the short windows of the block that ends with its granule.
constexpr int kLateSlot = 12;

}  // namespace

void AttackDetector::reset() {
  history_ = {};
}

AttackDetector::Rise AttackDetector::detect(const SubbandGranule& granule) {
  alignas(16) std::array<std::array<float, kLanes>, 2 * kPairs> energy;
  std::copy(history_.begin(), history_.end(), energy.begin());
  simd().zone_energies(granule.front().data(), energy[kPairs].data());
  std::copy(energy.begin() + kPairs, energy.end(), history_.begin());
  Rise steepest;
  for (int pair = 0; pair < kPairs; ++pair) {
    std::array<float, kLanes> before{};
    for (int past = pair; past < kPairs + pair; ++past)
      for (int zone = 0; zone < kLanes; ++zone) before[zone] += energy[past][zone];
    for (int zone = 0; zone < kZones; ++zone) {
      const float ratio = energy[kPairs + pair][zone] / (before[zone] / kPairs + kQuietEnergy);
      if (ratio > steepest.ratio) steepest = {2 * pair, ratio};
    }
  }
  return steepest;
}

BlockType BlockTypeSequencer::next(std::optional<int> attack) {
  const bool early = attack && *attack < kLateSlot;
  const bool short_next = early || late_attack_.has_value();
  late_attack_ = attack && !early ? attack : std::nullopt;
  const bool between = short_before_ && short_next;  // no block type joins two short slopes but the short one
  const bool is_short = short_current_ || between;
  const BlockType type = is_short        ? BlockType::kShort
                         : short_next    ? BlockType::kStart
                         : short_before_ ? BlockType::kStop
                                         : BlockType::kNormal;
  short_before_ = is_short;
  short_current_ = short_next;
  return type;
}

}  // namespace sluice::mp3
