// Sum of several streams of one format: y[n] = sum_i x_i[n], aligned by arrival. An input that has ended is silence.
// The output's times are those of the first input that is still running. Delay 0.
#include <fmt/format.h>

#include <vector>

#include "engine/node/node.h"

namespace sluice::dsp {
namespace {

class Mix final : public Node {
 public:
  Ins<float> in{*this, "in", "audio; all inputs have one format"};
  Out<float> out{*this, "out", "their sum; put `gain` before it where it would exceed full scale"};

  // What the first input carries, all others must.
  Format accepted(const InPort& port) const override {
    const Format& first = ins().front()->format();
    return first.media.empty() ? port.format() : first;
  }

  Status configure() override {
    if (in.size() == 0) return Error{"in", "needs at least one input"};
    const Format& format = in[0].format();
    std::int64_t longest = 0;
    for (std::size_t i = 0; i < in.size(); ++i) {
      if (in[i].format() != format)
        return Error{in[i].name(), fmt::format("{} differs from {} of {}: put `resample` or `channels` before it",
                                               to_string(in[i].format()), to_string(format), in[0].name())};
      longest = std::max(longest, in[i].spec().block_frames);
    }
    out.set_spec(format, longest);
    used_.assign(in.size(), 0);
    return {};
  }

  bool ready() const noexcept override {
    bool any = false;
    for (const InPort* port : ins()) {
      if (port->waiting() == 0 && !port->ended()) return false;
      any = any || port->waiting() > 0;
    }
    return any;
  }

  void process() REALTIME override {
    while (ready()) sum_next();
  }

 private:
  // Emits as many frames as every running input has in its first block.
  void sum_next() noexcept {
    std::size_t frames = static_cast<std::size_t>(out.spec().block_frames);
    for (std::size_t i = 0; i < in.size(); ++i)
      if (const Block* block = in[i].peek()) frames = std::min(frames, block->frames() - used_[i]);
    BlockRef sum = out.take(frames);
    for (std::size_t c = 0; c < sum->channels(); ++c) std::ranges::fill(sum->channel(c), 0.0f);
    std::uint32_t flags = 0;
    bool stamped = false;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const Block* block = in[i].peek();
      if (!block) continue;
      if (!std::exchange(stamped, true)) stamp(*sum, *block, used_[i]);
      if (used_[i] == 0 && in[i].gap_ahead()) flags |= kDiscontinuity;
      add(*sum, *block, i);
    }
    sum->header.flags = flags | kIndependent;
    sum->header.position = position_;
    position_ += static_cast<std::int64_t>(frames);
    if (frames > 0) out.emit(std::move(sum));
  }

  void stamp(Block& sum, const Block& block, std::size_t used) const noexcept {
    sum.header.capture_time =
        block.header.capture_time + frames_to_duration(static_cast<double>(used), out.format().rate_hz);
  }

  void add(Block& sum, const Block& block, std::size_t i) noexcept {
    const std::size_t frames = sum.frames();
    for (std::size_t c = 0; c < sum.channels(); ++c) {
      const auto x = block.channel(c).subspan(used_[i], frames);
      const auto y = sum.channel(c);
      for (std::size_t n = 0; n < frames; ++n) y[n] += x[n];
    }
    used_[i] += frames;
    if (used_[i] < block.frames()) return;
    used_[i] = 0;
    in[i].next();
  }

  std::vector<std::size_t> used_;  // frames of each input's first waiting block that are summed already
  std::int64_t position_ = 0;
};

}  // namespace

REGISTER_NODE(Mix, "mix", "sums several streams of the same format")

}  // namespace sluice::dsp
