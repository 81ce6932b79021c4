#include "nodes/mp3/kernels/stream_format.h"

#include <algorithm>

namespace sluice::mp3 {
namespace {

constexpr int kLsfRow = 3;      // first row of MPEG-2
constexpr int kMpeg25Row = 6;   // and of MPEG-2.5
constexpr int kMpeg25Most = 8;  // bitrate_index of 64 kbit/s

int row_of(int rate_hz) {
  const auto at = std::ranges::find(kRateHz, rate_hz);
  return at == kRateHz.end() ? -1 : static_cast<int>(at - kRateHz.begin());
}

// Bytes of a frame are bytes_factor * bitrate / rate. 2.4.3.1.
int bytes_factor(const StreamFormat& format) {
  return format.lsf ? 72 : 144;
}

}  // namespace

std::span<const std::int16_t> bitrates_for(int rate_hz) {
  const int row = row_of(rate_hz);
  if (row < 0) return {};
  const auto bitrates = std::span<const std::int16_t>(kBitrateKbps[row >= kLsfRow ? 1 : 0]).subspan(1);
  return row >= kMpeg25Row ? bitrates.first(kMpeg25Most) : bitrates;
}

std::optional<StreamFormat> StreamFormat::make(int rate_hz, int channels, int bitrate_kbps) {
  const auto bitrates = bitrates_for(rate_hz);
  const auto at = std::find(bitrates.begin(), bitrates.end(), bitrate_kbps);
  if (at == bitrates.end() || channels < 1 || channels > kMaxChannels) return std::nullopt;
  StreamFormat format;
  format.rate_hz = rate_hz;
  format.channels = channels;
  format.bitrate_kbps = bitrate_kbps;
  format.rate_row = row_of(rate_hz);
  format.lsf = format.rate_row >= kLsfRow;
  format.bitrate_index = static_cast<int>(at - bitrates.begin()) + 1;
  format.sampling_index = format.rate_row % 3;
  return format;
}

std::optional<StreamFormat> StreamFormat::at_rate(int rate_hz, int channels) {
  const auto bitrates = bitrates_for(rate_hz);
  return bitrates.empty() ? std::nullopt : make(rate_hz, channels, bitrates.back());
}

int StreamFormat::frame_bytes_at(int index) const {
  return bytes_factor(*this) * kBitrateKbps[lsf ? 1 : 0][index] * 1000 / rate_hz;
}

PaddingClock::PaddingClock(const StreamFormat& format)
    : numerator_(bytes_factor(format) * format.bitrate_kbps * 1000 % format.rate_hz), denominator_(format.rate_hz) {}

bool PaddingClock::next() {
  rest_ += numerator_;
  if (rest_ < denominator_) return false;
  rest_ -= denominator_;
  return true;
}

}  // namespace sluice::mp3
