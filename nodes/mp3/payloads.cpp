#include "nodes/mp3/payloads.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <sstream>
#include <vector>

namespace sluice::mp3 {

std::string StreamSettings::text() const {
  const std::string_view mode = stereo == StereoMode::kJoint ? "joint" : "plain";
  if (bitrate_kbps == 0) return std::string(mode);
  return fmt::format("{} {} {} {} {}", mode, bitrate_kbps, reservoir_bytes, lowpass_hz, crc ? "crc" : "bare");
}

StreamSettings StreamSettings::parse(std::string_view text) {
  StreamSettings settings;
  std::string mode;
  std::string protection;
  std::istringstream words{std::string(text)};
  words >> mode >> settings.bitrate_kbps >> settings.reservoir_bytes >> settings.lowpass_hz >> protection;
  settings.stereo = mode == "plain" ? StereoMode::kStereo : StereoMode::kJoint;
  settings.crc = protection == "crc";
  return settings;
}

std::optional<StreamFormat> stream_format(const Format& link) {
  const int rate_hz = static_cast<int>(std::lround(link.rate_hz));
  const int bitrate = StreamSettings::parse(link.codec).bitrate_kbps;
  return bitrate > 0 ? StreamFormat::make(rate_hz, link.channels, bitrate)
                     : StreamFormat::at_rate(rate_hz, link.channels);
}

double nearest_rate(double rate_hz) {
  const std::span rates = std::span(kRateHz).first(6);
  if (rate_hz > 48000) return std::fmod(rate_hz, 11025) == 0 ? 44100 : 48000;
  double nearest = 48000;
  for (const int rate : rates)
    if (rate >= rate_hz) nearest = std::min(nearest, static_cast<double>(rate));
  return nearest;
}

std::string allowed_rates() {
  std::vector<int> rates(kRateHz.begin(), kRateHz.begin() + 6);  // MPEG-1 and MPEG-2; 2.5 is no ISO standard
  std::sort(rates.begin(), rates.end());
  return fmt::format("{} Hz", fmt::join(rates, ", "));
}

std::string allowed_bitrates(int rate_hz) {
  const auto bitrates = bitrates_for(rate_hz);
  const std::vector<int> numbers(bitrates.begin(), bitrates.end());
  return fmt::format("{} kbit/s", fmt::join(numbers, ", "));
}

}  // namespace sluice::mp3
