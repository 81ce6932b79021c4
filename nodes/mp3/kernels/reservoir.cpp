#include "nodes/mp3/kernels/reservoir.h"

#include <algorithm>
#include <cassert>

#include "nodes/mp3/kernels/tuning.h"

namespace sluice::mp3 {
namespace {

// Decoder input buffer that no frame with its reservoir may exceed: the largest frame of the standard, 320 kbit/s at
// 32 kHz (1440 bytes). The informative 7680-bit rule would forbid a reservoir at 320 kbit/s for no decoder in use.
constexpr int kBufferBytes = 1440;
// Memory of the mean demand, in frames: about half a second.
constexpr float kDemandMemory = 20.0f;
// A frame never takes more than this part of the bank, so that a second attack finds something left.
constexpr float kLargestTake = 0.8f;

}  // namespace

Reservoir::Reservoir(const StreamFormat& format, int limit_bytes, bool crc)
    : format_(format),
      clock_(format),
      overhead_bytes_(4 + (crc ? 2 : 0) + format.side_info_bytes()),
      limit_(std::clamp(std::min(limit_bytes, kBufferBytes - format.frame_bytes_unpadded()), 0,
                        format.max_main_data_begin())) {}

void Reservoir::reset() {
  banked_ = 0;
  restart_in_ = 0;
  mean_demand_ = 0.0f;
}

Reservoir::Budget Reservoir::open(float demand) {
  const bool padding = clock_.next();
  slot_ = format_.frame_bytes_unpadded() + (padding ? 1 : 0) - overhead_bytes_;
  mean_demand_ = mean_demand_ == 0.0f ? demand : mean_demand_ + (demand - mean_demand_) / kDemandMemory;
  const float slot_bits = 8.0f * static_cast<float>(slot_);
  const float bank_bits = 8.0f * static_cast<float>(banked_);
  const float limit_bits = 8.0f * static_cast<float>(limit_);
  const float excess = mean_demand_ > 0.0f ? std::clamp(demand / mean_demand_ - 1.0f, -1.0f, 2.0f) : 0.0f;
  const float wish = slot_bits * (1.0f + tuning().demand_weight * excess) +
                     tuning().return_rate * (bank_bits - tuning().resting_level * limit_bits);
  const float least = slot_bits + bank_bits - limit_bits;
  const float most = slot_bits + bank_bits * kLargestTake;
  const float restart = slot_bits + bank_bits / static_cast<float>(std::max(restart_in_, 1));
  const float target = restart_in_ > 0 ? restart : std::clamp(wish, least, std::max(least, most));
  return {static_cast<int>(target), 8 * (slot_ + banked_), padding};
}

Reservoir::Closing Reservoir::close(int bits) {
  assert(bits <= 8 * (slot_ + banked_));
  const int main_data_begin = banked_;
  const int available = 8 * (slot_ + banked_);
  const int kept = restart_in_ == 1 ? 0 : 8 * limit_;
  const int rounded = std::max((bits + 7) / 8 * 8, available - kept);
  restart_in_ = std::max(0, restart_in_ - 1);
  banked_ = (available - rounded) / 8;
  return {main_data_begin, rounded - bits};
}

}  // namespace sluice::mp3
