// Any settings and any sound through the encoder: mp3scope's parser, which knows nothing of the writer, finds no fault
// in the stream. Bytes 0 to 8 are the settings; each following pair is a granule: a kind of sound and its size.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdio>
#include <limits>
#include <span>
#include <vector>

#include "nodes/mp3/kernels/encoder.h"
#include "tools/mp3scope/walk/walk.h"

using namespace sluice;

namespace {

constexpr std::size_t kSettings = 9;
constexpr std::size_t kMaxGranules = 12;

using Granule = std::array<float, mp3::kLines>;

class Sound {
 public:
  void fill(std::uint8_t kind, std::uint8_t size, Granule& x) {
    const float amplitude = std::exp2(static_cast<float>(size) / 8.0f - 28.0f);  // -168 to +24 dB
    for (std::size_t n = 0; n < x.size(); ++n) x[n] = sample(kind % 10, amplitude, n);
  }

 private:
  float noise() {
    state_ = state_ * 1664525u + 1013904223u;  // Numerical Recipes
    return static_cast<float>(static_cast<std::int32_t>(state_)) * 0x1p-31f;
  }
  float sample(int kind, float amplitude, std::size_t n) {
    switch (kind) {
      case 0:
        return amplitude * noise();
      case 1:
        return amplitude * std::sin(0.05f * static_cast<float>(++time_));
      case 2:
        return amplitude;
      case 3:
        return n % 40 < 20 ? amplitude : -amplitude;
      case 4:
        return n == 300 ? amplitude : 0.0f;
      case 5:
        return std::bit_cast<float>(state_ = state_ * 1664525u + 1013904223u);  // any float there is
      case 6:
        return n % 7 == 0 ? std::numeric_limits<float>::quiet_NaN() : amplitude;
      case 7:
        return n % 2 == 0 ? std::numeric_limits<float>::infinity() : -std::numeric_limits<float>::infinity();
      case 8:
        return std::numeric_limits<float>::denorm_min() * static_cast<float>(n);
      default:
        return 0.0f;
    }
  }

  std::uint32_t state_ = 1;
  std::uint32_t time_ = 0;
};

mp3::EncoderOptions options_of(std::span<const std::uint8_t, kSettings> s, const mp3::StreamFormat& format) {
  mp3::EncoderOptions options;
  options.stereo = static_cast<mp3::StereoMode>(s[3] % 3);
  options.look_ahead = (s[4] & 1) != 0;
  options.rate.crc = (s[4] & 2) != 0;
  options.rate.reservoir_bytes = 2 * s[5];
  options.rate.restart_frames = (s[4] & 4) != 0 ? 1 + s[6] % 8 : 0;
  options.rate.method = static_cast<mp3::RateMethod>(s[7] % 3);
  options.rate.quality = s[8] % 100 / 10.0;
  options.rate.mean_kbps = 8 + s[8];
  const auto bitrates = mp3::bitrates_for(format.rate_hz);
  const auto least = s[6] % bitrates.size(), most = least + s[5] % (bitrates.size() - least);
  if (const auto range = mp3::bitrate_range(format, bitrates[least], bitrates[most])) options.rate.range = *range;
  return options;
}

std::vector<std::uint8_t> encode(std::span<const std::uint8_t> input) {
  const int rate_hz = mp3::kRateHz[input[0] % mp3::kRateRows];
  const auto bitrates = mp3::bitrates_for(rate_hz);
  const auto format = mp3::StreamFormat::make(rate_hz, 1 + input[1] % 2, bitrates[input[2] % bitrates.size()]);
  if (!format) return {};
  mp3::Encoder encoder(*format, options_of(input.first<kSettings>(), *format));
  std::vector<std::uint8_t> stream;
  const auto sink = [&](const mp3::MuxedFrame& frame) {
    stream.insert(stream.end(), frame.bytes.begin(), frame.bytes.end());
  };
  std::array<Sound, 2> sound;
  std::array<Granule, 2> x{};
  const auto granules = input.subspan(kSettings);
  for (std::size_t at = 0; at + 1 < std::min(granules.size(), 2 * kMaxGranules); at += 2) {
    sound[0].fill(granules[at], granules[at + 1], x[0]);
    sound[1].fill(granules[at] / 10, granules[at + 1], x[1]);
    encoder.encode(x[0], x[1], sink);
  }
  encoder.finish(sink);
  return stream;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < kSettings + 2) return 0;
  const auto stream = encode({data, size});
  std::int64_t readable = 0;
  const auto report = mp3scope::walk(stream, [&](const mp3scope::FrameReport& frame) { readable += frame.decodable; });
  if (report.fault_count == 0 && report.streams[0].frames == readable) return 0;
  for (const mp3scope::Fault& fault : report.faults)
    std::fprintf(stderr, "byte %zu: %s\n", fault.offset, fault.text.c_str());
  __builtin_trap();
}
