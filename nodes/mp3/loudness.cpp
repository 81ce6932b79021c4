#include "nodes/mp3/loudness.h"

#include <algorithm>
#include <cmath>
#include <new>

namespace sluice::mp3 {
namespace {

constexpr double kReferenceLufs = -18.0;
constexpr double kSilenceLufs = -70.0;  // the absolute gate of BS.1770-4

}  // namespace

Loudness::Loudness(int channels, double rate_hz)
    : state_(ebur128_init(static_cast<unsigned>(channels), static_cast<unsigned long>(rate_hz),
                          EBUR128_MODE_I | EBUR128_MODE_SAMPLE_PEAK | EBUR128_MODE_HISTOGRAM)) {
  if (state_ == nullptr) throw std::bad_alloc();
}

Loudness::~Loudness() {
  ebur128_destroy(&state_);
}

void Loudness::add(const Block& audio) {
  const std::size_t channels = audio.channels();
  interleaved_.resize(audio.frames() * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    const auto x = audio.channel(c);
    for (std::size_t n = 0; n < x.size(); ++n) interleaved_[n * channels + c] = std::isfinite(x[n]) ? x[n] : 0.0f;
  }
  ebur128_add_frames_float(state_, interleaved_.data(), audio.frames());
}

ReplayGain Loudness::gain() const {
  ReplayGain gain;
  double lufs = 0;
  if (ebur128_loudness_global(state_, &lufs) == EBUR128_SUCCESS && lufs > kSilenceLufs)
    gain.track_gain_db = kReferenceLufs - lufs;
  for (unsigned c = 0; c < state_->channels; ++c) {
    double peak = 0;
    if (ebur128_sample_peak(state_, c, &peak) == EBUR128_SUCCESS) gain.peak = std::max(gain.peak, peak);
  }
  return gain;
}

}  // namespace sluice::mp3
