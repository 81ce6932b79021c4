// Real-time pacing: makes a file look like a microphone. Each block leaves when its last sample would have been
// captured,
//   t = anchor + (frames so far) / rate,
// and carries the time of its first sample as capture time. Input that comes late by more than `tolerance` moves the
// anchor: a late start or a stall never becomes latency that stays. Delay: one block.
#include "engine/node/node.h"

namespace sluice::dsp {
namespace {

class Pace final : public Node {
 public:
  In<float> in{*this, "in", "audio, as fast as it comes"};
  Out<float> out{*this, "out", "the same audio in real time"};
  Param<double> tolerance{*this,
                          "tolerance",
                          {.unit = "s",
                           .default_value = 0.02,
                           .min = 0,
                           .max = 10,
                           .doc = "a block later than this starts a new time line, an earlier one is caught up"}};
  Counter reanchored{*this, "reanchored", "times that late input moved the time line"};
  Counter late{*this, "late_s", "seconds that it was moved by in all"};

  Traits traits() const override { return {.realtime = true, .clock = ClockDomain::wall, .stamps = true}; }
  bool self_driven() const override { return true; }
  std::shared_ptr<const ClockFace> clock_face() override { return face_; }

  Status configure() override {
    out.set_spec(in.spec());
    set_delay(in.spec().block_period());
    return {};
  }

  Pull pull() REALTIME override {
    const Block* next = in.peek();
    if (!next) return in.ended() ? Pull::ended() : Pull::woken();
    const double rate_hz = out.format().rate_hz;
    const Time now = host().now();
    if (!started_) {
      started_ = true;
      anchor_ = now;
    }
    const auto end = static_cast<double>(frames_ + next->header.frames);
    Time due = anchor_ + frames_to_duration(end, rate_hz);
    if (now < due) return Pull::at(due);
    if (now - due > from_seconds(tolerance)) {
      anchor_ += now - due;
      reanchored.add();
      late.add(seconds(now - due));
    }
    face_->show({anchor_ + frames_to_duration(end, rate_hz), next->header.capture_time});
    BlockRef block = out.writable(in.next());
    block->header.capture_time = anchor_ + frames_to_duration(static_cast<double>(frames_), rate_hz);
    if (in.gap()) block->header.flags |= kDiscontinuity;
    frames_ += block->header.frames;
    out.emit(std::move(block));
    return Pull::again();
  }

 private:
  const std::shared_ptr<ClockFace> face_ = std::make_shared<ClockFace>();
  bool started_ = false;
  Time anchor_{};            // when frame 0 would have been captured
  std::int64_t frames_ = 0;  // emitted so far
};

}  // namespace

REGISTER_NODE(Pace, "pace", "lets audio through in real time, as if it were captured now")

}  // namespace sluice::dsp
