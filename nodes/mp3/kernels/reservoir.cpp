#include "nodes/mp3/kernels/reservoir.h"

#include <algorithm>
#include <cassert>

#include "nodes/mp3/kernels/tuning.h"

namespace sluice::mp3 {
namespace {

// Decoder input buffer that no frame with its reservoir may exceed: the largest frame of the standard, 320 kbit/s at
// 32 kHz (1440 bytes). The informative 7680-bit rule would forbid a reservoir at 320 kbit/s for no decoder in use.
constexpr int kBufferBytes = 1440;
// Memory of the mean demand, in frames: about half a second at a constant bitrate, about five where only the mean
// counts.
constexpr float kConstantMemory = 20.0f;
constexpr float kVariableMemory = 200.0f;
// A frame never takes more than this part of the bank, so that a second attack finds something left.
constexpr float kLargestTake = 0.8f;
// Frames that a byte may wait in the bank, where sizes vary.
constexpr int kMostHeld = 4;
// Main data bytes that the least frame must hold.
constexpr int kLeastSlot = 40;
// A mean bitrate: each frame makes up this part of what frames before it saved or overdrew, and no more than so many
// frames' worth is remembered.
constexpr float kMeanReturn = 1.0f / 100.0f;
constexpr float kMostSaved = 100.0f;

}  // namespace

int head_bytes(const StreamFormat& format, bool crc) {
  return 4 + (crc ? 2 : 0) + format.side_info_bytes();
}

Reservoir::Reservoir(const StreamFormat& format, int limit_bytes, bool crc, float demand_memory)
    : format_(format), head_bytes_(head_bytes(format, crc)), limit_(limit_bytes), demand_memory_(demand_memory) {}

void Reservoir::reset() {
  banked_ = 0;
  restart_in_ = 0;
  mean_demand_ = 0.0f;
}

float Reservoir::excess(float demand) {
  mean_demand_ = mean_demand_ == 0.0f ? demand : mean_demand_ + (demand - mean_demand_) / demand_memory_;
  return mean_demand_ > 0.0f ? std::clamp(demand / mean_demand_ - 1.0f, -1.0f, 2.0f) : 0.0f;
}

int Reservoir::bank_rest(int available_bytes, int bits) {
  const int kept = restart_in_ == 1 ? 0 : limit_;
  const int rounded = std::max((bits + 7) / 8, available_bytes - kept);
  restart_in_ = std::max(0, restart_in_ - 1);
  banked_ = available_bytes - rounded;
  return 8 * rounded - bits;
}

ConstantReservoir::ConstantReservoir(const StreamFormat& format, int limit_bytes, bool crc)
    : Reservoir(format,
                std::clamp(std::min(limit_bytes, kBufferBytes - format.frame_bytes_unpadded()), 0,
                           format.max_main_data_begin()),
                crc, kConstantMemory),
      clock_(format) {}

Reservoir::Budget ConstantReservoir::open(float demand) {
  padding_ = clock_.next();
  slot_ = format_.frame_bytes_unpadded() + (padding_ ? 1 : 0) - head_bytes_;
  const float slot_bits = 8.0f * static_cast<float>(slot_);
  const float bank_bits = 8.0f * static_cast<float>(banked_);
  const float limit_bits = 8.0f * static_cast<float>(limit_);
  const float wish = slot_bits * (1.0f + tuning().demand_weight * excess(demand)) +
                     tuning().return_rate * (bank_bits - tuning().resting_level * limit_bits);
  const float least = slot_bits + bank_bits - limit_bits;
  const float most = slot_bits + bank_bits * kLargestTake;
  const float restart = slot_bits + bank_bits / static_cast<float>(std::max(restart_in_, 1));
  const float target = restart_in_ > 0 ? restart : std::clamp(wish, least, std::max(least, most));
  const float taken_up = std::min(target - least, slot_bits + bank_bits - target);
  return {static_cast<int>(target), 8 * (slot_ + banked_),
          std::clamp(taken_up / std::max(target, 1.0f), kLeastTolerance, kLargestTolerance)};
}

Reservoir::Closing ConstantReservoir::close(int bits) {
  assert(bits <= 8 * (slot_ + banked_));
  const int main_data_begin = banked_;
  const int stuffing = bank_rest(slot_ + banked_, bits);
  return {main_data_begin, stuffing, format_.bitrate_index, padding_};
}

std::optional<BitrateRange> bitrate_range(const StreamFormat& format, int min_kbps, int max_kbps) {
  const auto bitrates = bitrates_for(format.rate_hz);
  const auto index_of = [&](int kbps) {
    const auto at = std::ranges::find(bitrates, kbps);
    return at == bitrates.end() ? 0 : static_cast<int>(at - bitrates.begin()) + 1;
  };
  BitrateRange range = {1, static_cast<int>(bitrates.size())};
  while (format.frame_bytes_at(range.least) - head_bytes(format, true) < kLeastSlot) ++range.least;
  if (max_kbps > 0) range.most = index_of(max_kbps);
  range.least = min_kbps > 0 ? index_of(min_kbps) : std::min(range.least, range.most);
  if (range.least < 1 || range.most < range.least) return std::nullopt;
  return range;
}

VariableReservoir::VariableReservoir(const StreamFormat& format, const BitrateRange& range, double mean_kbps,
                                     int limit_bytes, bool crc)
    : Reservoir(format, limit_of(format, range, limit_bytes, crc), crc, kVariableMemory),
      range_(range),
      mean_bits_(static_cast<float>(mean_kbps * 1000.0 * format.frame_samples() / format.rate_hz)) {}

int VariableReservoir::limit_of(const StreamFormat& format, const BitrateRange& range, int wanted, bool crc) {
  const int slot = format.frame_bytes_at(range.least) - head_bytes(format, crc);
  return std::clamp(wanted, 0, std::min(format.max_main_data_begin(), kMostHeld * slot));
}

void VariableReservoir::reset() {
  Reservoir::reset();
  saved_ = 0.0f;
}

int VariableReservoir::reach(int index) const {
  return std::clamp(kBufferBytes - format_.frame_bytes_at(index), 0, banked_);
}

Reservoir::Budget VariableReservoir::open(float demand) {
  const int max_bits = 8 * (slot(range_.most) + reach(range_.most));
  if (mean_bits_ == 0.0f) return {kAsNeeded, max_bits};
  const float mean_slot = std::max(mean_bits_ - 8.0f * static_cast<float>(head_bytes_), 0.0f);
  const float wish = mean_slot * (1.0f + tuning().demand_weight * excess(demand)) + kMeanReturn * saved_;
  return {std::clamp(static_cast<int>(wish), 0, max_bits), max_bits, kLargestTolerance};
}

Reservoir::Closing VariableReservoir::close(int bits) {
  const int bytes = (bits + 7) / 8;
  int index = range_.least;
  while (index < range_.most && slot(index) + reach(index) < bytes) ++index;
  const int main_data_begin = reach(index);
  assert(bytes <= slot(index) + main_data_begin);
  const float frame_bits = 8.0f * static_cast<float>(format_.frame_bytes_at(index));
  saved_ = std::clamp(saved_ + mean_bits_ - frame_bits, -kMostSaved * mean_bits_, kMostSaved * mean_bits_);
  const int stuffing = bank_rest(slot(index) + main_data_begin, bits);
  return {main_data_begin, stuffing, index, false};
}

}  // namespace sluice::mp3
