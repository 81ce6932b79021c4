// What generated sources share: rate, channels, block, duration, and stamping.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "engine/node/node.h"

namespace sluice::dsp {

// A source that runs as fast as it is let (put `pace` behind it for real time). Subclasses fill one block.
class GeneratedSource : public Node {
 public:
  Out<float> out{*this, "out", "generated audio"};
  Param<double> rate{
      *this, "rate", {.unit = "Hz", .default_value = 44100, .min = 1000, .max = 768000, .doc = "sampling rate"}};
  Param<int> channels{*this, "channels", {.default_value = 2, .min = 1, .max = 64, .doc = "number of channels"}};
  Param<double> block{
      *this, "block", {.unit = "s", .default_value = 0.01, .min = 1e-5, .max = 10, .doc = "length of a block"}};
  Param<double> duration{
      *this, "duration", {.unit = "s", .default_value = 0, .min = 0, .max = 1e9, .doc = "ends after this; 0: never"}};

  Status configure() override {
    const auto frames = std::max<std::int64_t>(1, std::llround(block * rate));
    out.set_spec({.media = "audio", .codec = "", .rate_hz = rate, .channels = channels}, frames);
    end_ = duration > 0 ? std::llround(duration * rate) : std::numeric_limits<std::int64_t>::max();
    return {};
  }

  Pull pull() REALTIME final {
    if (position_ >= end_) return Pull::ended();
    const std::int64_t frames = std::min(out.spec().block_frames, end_ - position_);
    BlockRef next = out.take(static_cast<std::size_t>(frames));
    next->header.capture_time = host().now();
    next->header.position = position_;
    next->header.flags = kIndependent;
    generate(*next);
    position_ += frames;
    out.emit(std::move(next));
    return Pull::again();
  }

 protected:
  // Fills every channel of `next`; next.header.position is its first sample's.
  virtual void generate(Block& next) REALTIME = 0;

 private:
  std::int64_t position_ = 0;
  std::int64_t end_ = 0;
};

}  // namespace sluice::dsp
