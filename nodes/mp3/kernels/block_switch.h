// When to use short blocks: attack detection on subband energies and the legal order of block types.
// ISO/IEC 11172-3 2.4.2.7 (block_type) and Figure C.7 (window switching); the detector is our own.
#pragma once

#include <array>
#include <optional>

#include "nodes/mp3/kernels/mdct.h"

namespace sluice::mp3 {

// Looks for a sudden rise of energy, 2 slots (64 samples) at a time, in several groups of subbands. One channel.
class AttackDetector {
 public:
  static constexpr int kPairs = kSlots / 2;  // time steps per granule
  static constexpr int kZones = 3;           // groups of subbands
  static constexpr int kLanes = 4;           // zones and room, so that they are one vector

  // The steepest rise in the granule that follows the ones seen so far.
  struct Rise {
    int slot = 0;        // where it begins
    float ratio = 0.0f;  // energy there over the mean before it
  };
  Rise detect(const SubbandGranule& granule);
  void reset();

 private:
  // Energy by zone of the latest steps, oldest first.
  alignas(16) std::array<std::array<float, kLanes>, kPairs> history_{};
};

// Turns attacks into block types, one granule late: the type of granule n's block is known once n + 1 has been seen,
// because a start block must precede the short one.
class BlockTypeSequencer {
 public:
  // `attack`: slot of an attack in the newest granule. Returns the type of the block whose 36 slots end with the
  // granule before it.
  BlockType next(std::optional<int> attack);
  void reset() { *this = {}; }

 private:
  bool short_before_ = false;   // the previous block was short
  bool short_current_ = false;  // the block to be returned next must be short
  std::optional<int> late_attack_;
};

}  // namespace sluice::mp3
