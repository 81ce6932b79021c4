#include "nodes/mp3/kernels/block_switch.h"

#include <algorithm>

namespace sluice::mp3 {
namespace {

// Subbands of the zones: an attack shows above the bass, where slow beats do not disturb.
constexpr std::array<int, AttackDetector::kZones + 1> kZoneEdge = {2, 6, 14, 30};
// Energy per step below which nothing is an attack: 16-bit rounding noise is about 1e-9 in two slots of 8 subbands.
constexpr float kQuietEnergy = 1e-7f;
// An attack from this slot on lies outside the short windows of the block that ends with its granule.
constexpr int kLateSlot = 12;

}  // namespace

void AttackDetector::reset() {
  history_ = {};
}

AttackDetector::Rise AttackDetector::detect(const SubbandGranule& granule) {
  Rise steepest;
  for (int zone = 0; zone < kZones; ++zone) {
    std::array<float, 2 * kPairs> energy;
    std::copy(history_[zone].begin(), history_[zone].end(), energy.begin());
    for (int pair = 0; pair < kPairs; ++pair) {
      float sum = 0.0f;
      for (int slot = 2 * pair; slot < 2 * pair + 2; ++slot)
        for (int sb = kZoneEdge[zone]; sb < kZoneEdge[zone + 1]; ++sb) sum += granule[slot][sb] * granule[slot][sb];
      energy[kPairs + pair] = sum;
      float before = 0.0f;
      for (int past = pair; past < kPairs + pair; ++past) before += energy[past];
      const float ratio = sum / (before / kPairs + kQuietEnergy);
      if (ratio > steepest.ratio) steepest = {2 * pair, ratio};
    }
    std::copy(energy.begin() + kPairs, energy.end(), history_[zone].begin());
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
