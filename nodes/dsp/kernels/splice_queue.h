// A queue of planar samples between two clocks, of fixed capacity. What was cut or put in is faded, so that it does not
// click: after a splice y[n] = x[n] g[n] + last (1 - g[n]), with g rising over 2.5 ms from 0 to 1 and `last` the sample
// before it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace sluice::dsp {

class SpliceQueue {
 public:
  SpliceQueue(std::size_t channels, std::size_t capacity_frames, double rate_hz)
      : samples_(channels, std::vector<float>(capacity_frames)),
        last_(channels),
        capacity_(capacity_frames),
        fade_frames_(static_cast<std::size_t>(kFade * rate_hz) + 1),
        fading_(fade_frames_) {}

  std::size_t capacity() const noexcept { return capacity_; }
  std::size_t frames() const noexcept { return static_cast<std::size_t>(written_ - read_); }
  std::size_t room() const noexcept { return capacity_ - frames(); }
  // Frames that ever entered, and left.
  std::int64_t written() const noexcept { return written_; }
  std::int64_t read() const noexcept { return read_; }

  // What is pushed next does not continue what was pushed before.
  void splice() noexcept {
    for (std::size_t c = 0; c < samples_.size(); ++c) last_[c] = written_ > 0 ? samples_[c][at(written_ - 1)] : 0.0f;
    fading_ = 0;
  }
  // Frames `first` .. `first + frames` - 1 of what channel(c) gives; as many as there is room for. Returns how many.
  template <typename Channel>
  std::size_t push(Channel channel, std::size_t first, std::size_t frames) noexcept {
    frames = std::min(frames, room());
    for (std::size_t c = 0; c < samples_.size(); ++c) {
      const std::span<const float> x = channel(c);
      for (std::size_t n = 0; n < frames; ++n) put(c, n, x[first + n]);
    }
    advance(frames);
    return frames;
  }
  std::size_t push_silence(std::size_t frames) noexcept {
    frames = std::min(frames, room());
    for (std::size_t c = 0; c < samples_.size(); ++c)
      for (std::size_t n = 0; n < frames; ++n) put(c, n, 0.0f);
    advance(frames);
    return frames;
  }

  // The oldest frames that lie in one piece; pop() them when used.
  std::size_t contiguous() const noexcept { return std::min(frames(), capacity_ - at(read_)); }
  const float* front(std::size_t c) const noexcept { return samples_[c].data() + at(read_); }
  void pop(std::size_t frames) noexcept { read_ += static_cast<std::int64_t>(frames); }

 private:
  static constexpr double kFade = 2.5e-3;  // s

  std::size_t at(std::int64_t frame) const noexcept { return static_cast<std::size_t>(frame) % capacity_; }
  void put(std::size_t c, std::size_t n, float x) noexcept {
    const std::size_t age = fading_ + n;
    if (age < fade_frames_) {
      const float g = static_cast<float>(age) / static_cast<float>(fade_frames_);
      x = x * g + last_[c] * (1 - g);
    }
    samples_[c][at(written_ + static_cast<std::int64_t>(n))] = x;
  }
  void advance(std::size_t frames) noexcept {
    written_ += static_cast<std::int64_t>(frames);
    fading_ = std::min(fading_ + frames, fade_frames_);
  }

  std::vector<std::vector<float>> samples_;  // [channel][frame modulo capacity]
  std::vector<float> last_;                  // per channel: the sample before the splice
  std::size_t capacity_, fade_frames_;
  std::size_t fading_;  // frames since the splice; fade_frames_: none
  std::int64_t written_ = 0, read_ = 0;
};

}  // namespace sluice::dsp
