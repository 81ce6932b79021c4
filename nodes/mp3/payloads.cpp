#include "nodes/mp3/payloads.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>
#include <vector>

namespace sluice::mp3 {

namespace {

constexpr std::array<std::string_view, 3> kStereoNames = {"plain", "joint", "mid-side"};
constexpr std::array<std::string_view, 3> kMethodNames = {"constant", "mean", "variable"};

template <typename Enum>
Enum named(const std::array<std::string_view, 3>& names, std::string_view name) {
  const auto at = std::ranges::find(names, name);
  return static_cast<Enum>(at == names.end() ? 0 : at - names.begin());
}

}  // namespace

std::string StreamSettings::text() const {
  const std::string front =
      fmt::format("{} {}", kStereoNames[static_cast<std::size_t>(stereo)], look_ahead ? "look-ahead" : "no-look-ahead");
  if (bitrate_kbps == 0) return front;
  return fmt::format("{} {} {} {} {} {} {} {} {} {}", front, kMethodNames[static_cast<std::size_t>(method)],
                     bitrate_kbps, mean_kbps, quality, min_kbps, max_kbps, reservoir_bytes, lowpass_hz,
                     crc ? "crc" : "bare");
}

StreamSettings StreamSettings::parse(std::string_view text) {
  StreamSettings settings;
  std::string stereo, look_ahead, method, protection;
  std::istringstream words{std::string(text)};
  words >> stereo >> look_ahead >> method >> settings.bitrate_kbps >> settings.mean_kbps >> settings.quality >>
      settings.min_kbps >> settings.max_kbps >> settings.reservoir_bytes >> settings.lowpass_hz >> protection;
  settings.stereo = named<StereoMode>(kStereoNames, stereo);
  settings.look_ahead = look_ahead != "no-look-ahead";
  settings.method = named<RateMethod>(kMethodNames, method);
  settings.crc = protection == "crc";
  return settings;
}

std::optional<StreamFormat> stream_format(const Format& link) {
  const int rate_hz = static_cast<int>(std::lround(link.rate_hz));
  const int bitrate = StreamSettings::parse(link.codec).bitrate_kbps;
  return bitrate > 0 ? StreamFormat::make(rate_hz, link.channels, bitrate)
                     : StreamFormat::at_rate(rate_hz, link.channels);
}

std::string allowed_rates() {
  std::vector<int> rates(kRateHz.begin(), kRateHz.end());
  std::sort(rates.begin(), rates.end());
  return fmt::format("{} Hz", fmt::join(rates, ", "));
}

int nearest_bitrate(int rate_hz, double kbps) {
  const auto bitrates = bitrates_for(rate_hz);
  const auto nearest = std::ranges::min_element(bitrates, {}, [&](int bitrate) { return std::abs(bitrate - kbps); });
  return nearest == bitrates.end() ? 0 : *nearest;
}

std::string allowed_bitrates(int rate_hz) {
  const auto bitrates = bitrates_for(rate_hz);
  const std::vector<int> numbers(bitrates.begin(), bitrates.end());
  return fmt::format("{} kbit/s", fmt::join(numbers, ", "));
}

}  // namespace sluice::mp3
