#include "apps/sluice-transcribe/serve/audio_pipe.h"

#include <algorithm>
#include <utility>

namespace sluice::transcribe {

void AudioPipe::push(std::vector<float> samples) {
  const std::scoped_lock lock(mutex_);
  waiting_ += samples.size();
  parts_.push_back(std::move(samples));
  if (wake_) wake_();
}

void AudioPipe::end() {
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  if (wake_) wake_();
}

std::size_t AudioPipe::waiting() const {
  const std::scoped_lock lock(mutex_);
  return waiting_;
}

void AudioPipe::on_push(std::function<void()> wake) {
  const std::scoped_lock lock(mutex_);
  wake_ = std::move(wake);
}

AudioPipe::Taken AudioPipe::take(std::span<float> samples) {
  const std::scoped_lock lock(mutex_);
  Taken taken;
  while (!parts_.empty() && taken.samples < samples.size()) {
    const std::span part = std::span(parts_.front()).subspan(first_);
    const std::size_t count = std::min(part.size(), samples.size() - taken.samples);
    std::ranges::copy(part.first(count), samples.begin() + static_cast<std::ptrdiff_t>(taken.samples));
    taken.samples += count;
    first_ += count;
    if (count < part.size()) break;
    parts_.pop_front();
    first_ = 0;
  }
  waiting_ -= taken.samples;
  taken.ended = ended_ && waiting_ == 0 && taken.samples == 0;
  return taken;
}

}  // namespace sluice::transcribe
