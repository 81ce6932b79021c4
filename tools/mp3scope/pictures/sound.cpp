#include "tools/mp3scope/pictures/sound.h"

#include <mpg123.h>
#include <sndfile.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>

namespace sluice::mp3scope {
namespace {

using Mpg123 = std::unique_ptr<mpg123_handle, decltype(&mpg123_delete)>;
using SoundFile = std::unique_ptr<SNDFILE, decltype(&sf_close)>;

constexpr std::size_t kProbe = 16384;  // samples that are correlated

void append_mix(const float* interleaved, std::size_t samples, int channels, std::vector<float>& x) {
  const auto step = static_cast<std::size_t>(channels);
  for (std::size_t n = 0; n + step <= samples; n += step) {
    float sum = 0;
    for (std::size_t c = 0; c < step; ++c) sum += interleaved[n + c];
    x.push_back(sum / static_cast<float>(channels));
  }
}

bool too_long(const Sound& sound) {
  return static_cast<double>(sound.x.size()) > kLongestSound * sound.rate_hz;
}

// Where a probe of `sound` has most energy: there a shift shows best.
std::size_t loudest_place(const std::vector<float>& x) {
  std::size_t place = 0;
  double most = -1;
  for (std::size_t at = 0; at + kProbe <= x.size(); at += kProbe) {
    double energy = 0;
    for (std::size_t n = at; n < at + kProbe; ++n) energy += x[n] * x[n];
    if (energy > most) most = energy, place = at;
  }
  return place;
}

}  // namespace

std::optional<Sound> decode_mp3(Bytes file) {
  const Mpg123 decoder(mpg123_new(nullptr, nullptr), &mpg123_delete);
  if (!decoder) return std::nullopt;
  mpg123_param(decoder.get(), MPG123_ADD_FLAGS, MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_GAPLESS, 0);
  if (mpg123_open_feed(decoder.get()) != MPG123_OK) return std::nullopt;
  Sound sound;
  int channels = 0;
  constexpr std::size_t kPart = 65536;
  for (std::size_t fed = 0;;) {
    unsigned char* out = nullptr;
    std::size_t bytes = 0;
    off_t frame = 0;
    const int status = mpg123_decode_frame(decoder.get(), &frame, &out, &bytes);
    if (status == MPG123_NEW_FORMAT) {
      long rate = 0;
      int encoding = 0;
      mpg123_getformat(decoder.get(), &rate, &channels, &encoding);
      if (sound.rate_hz != 0 && sound.rate_hz != static_cast<double>(rate)) break;  // another stream begins
      sound.rate_hz = static_cast<double>(rate);
    } else if (status == MPG123_NEED_MORE) {
      if (fed == file.size()) break;
      const std::size_t part = std::min(kPart, file.size() - fed);
      mpg123_feed(decoder.get(), file.data() + fed, part);
      fed += part;
    } else if (status != MPG123_OK) {
      break;
    } else if (channels > 0) {
      append_mix(reinterpret_cast<const float*>(out), bytes / sizeof(float), channels, sound.x);
      if (too_long(sound)) break;
    }
  }
  if (sound.x.empty()) return std::nullopt;
  return sound;
}

std::optional<Sound> read_sound(const std::string& path) {
  SF_INFO info{};
  const SoundFile file(sf_open(path.c_str(), SFM_READ, &info), &sf_close);
  if (!file) return std::nullopt;
  Sound sound{.rate_hz = static_cast<double>(info.samplerate), .x = {}};
  std::vector<float> part(65536 / static_cast<std::size_t>(info.channels) * static_cast<std::size_t>(info.channels));
  for (sf_count_t got = 1; got > 0 && !too_long(sound);) {
    got = sf_read_float(file.get(), part.data(), static_cast<sf_count_t>(part.size()));
    append_mix(part.data(), static_cast<std::size_t>(std::max<sf_count_t>(0, got)), info.channels, sound.x);
  }
  if (sound.x.empty()) return std::nullopt;
  return sound;
}

void align(Sound& decoded, Sound& original) {
  const auto reach = static_cast<std::ptrdiff_t>(0.1 * decoded.rate_hz);
  const std::size_t place = loudest_place(original.x);
  double best = 0;
  std::ptrdiff_t shift = 0;  // of the decoded sound behind the original
  for (std::ptrdiff_t lag = -reach; lag <= reach; ++lag) {
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(place) + lag;
    if (at < 0 || at + static_cast<std::ptrdiff_t>(kProbe) > static_cast<std::ptrdiff_t>(decoded.x.size())) continue;
    double sum = 0;
    for (std::size_t n = 0; n < kProbe && place + n < original.x.size(); ++n)
      sum += original.x[place + n] * decoded.x[static_cast<std::size_t>(at) + n];
    if (sum > best) best = sum, shift = lag;
  }
  std::vector<float>& early = shift > 0 ? decoded.x : original.x;
  early.erase(early.begin(), early.begin() + std::min<std::ptrdiff_t>(std::abs(shift), std::ssize(early)));
  const std::size_t length = std::min(decoded.x.size(), original.x.size());
  decoded.x.resize(length);
  original.x.resize(length);
}

}  // namespace sluice::mp3scope
