// A bridge between two clocks: adaptive resampling, so that samples wait a constant time although the clock that makes
// them and the clock that takes them drift apart (kernels/clock_loop.h). Where a sample's wait leads from its usual
// arrival here to the clock that takes it:
//   wait = taken at - (captured at + usual age at arrival)
// the clock that takes it is a device or a pacer downstream, which shows what it takes (Node::clock_face), or the
// stream at `clock`: then each block of that stream draws as many frames from here, and a join finds both streams in
// step. What bending the rate cannot mend soon (a stall, a late start, a gap) is mended by a jump: surplus is dropped,
// what is missing becomes silence, and the wait is at its target again. Without a clock to follow, audio passes
// unchanged. The resampler is libsoxr's for variable rates: 0.01 dB flat to 0.45 fs, noise and distortion below -90 dB,
// 240 frames late.
#include <fmt/format.h>
#include <soxr.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <random>
#include <vector>

#include "engine/node/node.h"
#include "nodes/dsp/kernels/clock_loop.h"
#include "nodes/dsp/kernels/splice_queue.h"

namespace sluice::dsp {
namespace {

constexpr double kLeastLimit = 5e-3;  // s: callbacks of a healthy device are late by less
// libsoxr 0.1.3 moves its buffers' content down every 8192 frames: this sees either side of 1 do it 16 times.
constexpr std::size_t kWarmUp = 262144, kTurn = 16384;  // frames
constexpr double kSlack = 1;  // s of samples that the queue holds beyond the target, for clocks that stall

struct Deleter {
  void operator()(soxr_t converter) const { soxr_delete(converter); }
};
using Converter = std::unique_ptr<soxr, Deleter>;

// Variable-rate converter around ratio 1.
Converter make_converter(int channels, std::string* error) {
  soxr_error_t failed = nullptr;
  const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_S, SOXR_FLOAT32_S);
  const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, SOXR_VR);
  const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
  const double most = 1 + 2 * ClockLoop::kMostCorrection;
  Converter converter(soxr_create(most, 1, static_cast<unsigned>(channels), &failed, &io, &quality, &runtime));
  if (!failed) failed = soxr_set_io_ratio(converter.get(), 1, 0);
  if (failed) *error = failed;
  return converter;
}

class ClockBridge final : public Node {
 public:
  In<float> in{*this, "in", "audio, by the clock that made it"};
  In<float> clock{
      *this, "clock", "the stream to keep in step with; none: the device or pacer downstream", {.optional = true}};
  Out<float> out{*this, "out", "the same audio, by the other clock"};
  Param<double> delay{*this,
                      "delay",
                      {.unit = "s",
                       .default_value = 0.04,
                       .min = 0,
                       .max = 10,
                       .doc = "time that samples wait for the other clock; at least a block of each side and the "
                              "resampler's 240 frames"}};
  Counter ratio{*this, "ratio_ppm", "how much faster samples go out than they come in"};
  Counter wait{*this, "delay_s", "time that samples wait, smoothed"};
  Counter resyncs{*this, "resyncs", "jumps after a stall, a gap or a late start"};
  Counter dropped{*this, "dropped_frames", "sample frames dropped by jumps"};
  Counter xruns{*this, "xruns", "times that the other clock found nothing and silence was put in"};

  Traits traits() const override { return {.realtime = true, .bridges_clocks = true}; }
  void follow(std::shared_ptr<const ClockFace> face) override { face_ = std::move(face); }

  Format accepted(const InPort& port) const override {
    Format format = port.format();
    if (&port == &in && !clock.format().media.empty()) format.rate_hz = clock.format().rate_hz;
    return format;
  }

  Status configure() override {
    if (clock.connected() && clock.format().rate_hz != in.format().rate_hz)
      return Error{"clock", fmt::format("{:g} Hz, but the audio has {:g} Hz: put `resample` before input 'in'",
                                        clock.format().rate_hz, in.format().rate_hz)};
    rate_hz_ = in.format().rate_hz;
    if (!bridging()) {
      out.set_spec(in.spec());
      return {};
    }
    std::string error;
    const Converter probe = make_converter(1, &error);
    if (!probe) return Error{"in", error};
    lag_ = measured_lag(probe.get());
    const auto block = static_cast<double>(in.spec().block_frames);
    const double taken = clock.connected() ? static_cast<double>(clock.spec().block_frames)
                                           : std::max(block, seconds(face_->least_wait()) * rate_hz_);
    target_ = std::max(delay.value(), (block + taken + lag_) / rate_hz_);
    const double most = block * (1 + ClockLoop::kMostCorrection) + 1;
    out.set_spec(in.format(), clock.connected() ? clock.spec().block_frames : static_cast<std::int64_t>(most) + 1);
    declare_wait(block);
    return {};
  }

  Status prepare() override {
    if (!bridging()) return {};
    std::string error;
    converter_ = make_converter(in.format().channels, &error);
    if (!converter_) return Error{"in", error};
    const auto channels = static_cast<std::size_t>(in.format().channels);
    const auto held = static_cast<std::size_t>((target_ + kSlack) * rate_hz_ + 2 * in.spec().block_frames);
    queue_.emplace(channels, held, rate_hz_);
    loop_.emplace(target_, std::max(kLeastLimit, target_ / 4));
    sources_.resize(channels);
    sinks_.resize(channels);
    warm_up();
    return {};
  }

  void process() REALTIME override {
    if (!bridging()) return pass();
    while (BlockRef block = in.next()) {
      admit(*block, in.gap());
      if (!clock.connected()) send_all();
    }
    while (BlockRef tick = clock.next()) send(tick->frames());
  }

  // What the resampler still holds. A stream that is drawn ends with the clock that draws it.
  void flush() REALTIME override {
    if (!bridging() || clock.connected() || !started_) return;
    queue_->push_silence(static_cast<std::size_t>(lag_));
    line_end_ += lag_ / rate_hz_;
    send_all();
  }

 private:
  bool bridging() const noexcept { return face_ || clock.connected(); }

  // In step with a stream, samples wait in here. For a clock downstream they wait before that, in blocks that are
  // declared a little longer than they are.
  void declare_wait(double block) {
    if (clock.connected()) return set_delay(from_seconds(target_));
    set_delay(lag_, rate_hz_);
    set_queueing(from_seconds((target_ - lag_ / rate_hz_) * static_cast<double>(out.spec().block_frames) / block));
  }

  void pass() noexcept {
    while (BlockRef block = in.next()) {
      block = out.writable(std::move(block));
      if (in.gap()) block->header.flags |= kDiscontinuity;
      out.emit(std::move(block));
    }
  }

  // Input frames that the resampler holds back.
  double measured_lag(soxr_t probe) const {
    const std::vector<float> silence(4096);
    std::vector<float> sink(silence.size());
    double lag = 0;
    for (int n = 0; n < 4; ++n) lag += static_cast<double>(silence.size() - run(probe, silence, sink));
    return lag;
  }

  // A block of silence in; mono. Returns the frames made.
  static std::size_t run(soxr_t converter, const std::vector<float>& silence, std::vector<float>& sink) {
    const float* from = silence.data();
    float* to = sink.data();
    std::size_t used = 0, made = 0;
    soxr_process(converter, &from, silence.size(), &used, &to, sink.size(), &made);
    return made;
  }

  // In pieces of many lengths: how far libsoxr's buffers grow depends on where a long piece happens to begin.
  void warm_up() {
    const std::size_t longest = 4 * static_cast<std::size_t>(std::max(in.spec().block_frames, out.spec().block_frames));
    const std::vector<float> silence(longest);
    std::vector<float> sink(longest);
    std::ranges::fill(sources_, silence.data());
    std::ranges::fill(sinks_, sink.data());
    std::minstd_rand random;
    for (std::size_t done = 0, count = 0; done < kWarmUp; done += count) {
      const double bend = done / kTurn % 2 == 0 ? 1e-4 : -1e-4;  // ratios above and below 1 have filters of their own
      count = 1 + random() % longest;
      soxr_set_io_ratio(converter_.get(), 1 + bend, count);
      std::size_t left = count, used = 0, made = 0;
      do {
        soxr_process(converter_.get(), sources_.data(), left, &used, sinks_.data(), longest, &made);
        left -= used;
      } while (made > 0 || left > 0);
    }
    soxr_set_io_ratio(converter_.get(), 1, 0);
  }

  static double in_seconds(Time time) noexcept { return seconds(time.time_since_epoch()); }
  std::int64_t frames_of(double s) const noexcept { return std::llround(s * rate_hz_); }

  // Into the queue: the block, after the silence that is missing before it, or without what is surplus.
  void admit(const Block& block, bool gap) noexcept {
    const double captured = in_seconds(block.header.capture_time);
    const double missing = missing_before(captured, gap);
    std::size_t skipped = 0;
    if (missing > 0) {
      insert(frames_of(missing));
    } else if (missing < 0) {
      skipped = std::min(static_cast<std::size_t>(frames_of(-missing)), block.frames());
      drop(skipped);
    }
    dropping_ = skipped > 0;
    if (missing != 0 || !started_) resume(captured + static_cast<double>(skipped) / rate_hz_);
    if (gap) discontinuity_ = true;
    started_ = true;
    starved_ = false;
    const std::size_t rest = block.frames() - skipped;
    const auto channel = [&](std::size_t c) { return block.channel(c); };
    if (const std::size_t pushed = queue_->push(channel, skipped, rest); pushed < rest) drop(rest - pushed);
    line_end_ = captured + static_cast<double>(block.frames()) / rate_hz_;
    if (clock.connected() && !ticking_) forget_beyond_target();
  }

  // Seconds of silence that belong before a block; negative: of samples that have to go. 0 while the stream goes on.
  double missing_before(double captured, bool gap) noexcept {
    const double now = in_seconds(host().now());
    usual_.observe(now, now - captured);
    const double lateness = now - captured - usual_.age_s();
    const double until_due = target_ - lag_ / rate_hz_ - lateness;  // if nothing waits before it
    if (!started_) return std::max(until_due, 0.0);
    const double hole = gap || starved_ ? captured - line_end_ : 0;
    const double missing = std::min(until_due, hole - jump_);
    const bool jumps = gap || starved_ || jump_ != 0 || -missing > loop_->limit_s();
    return jumps && frames_of(missing) != 0 ? missing : 0;
  }

  void insert(std::int64_t frames) noexcept {
    queue_->splice();
    queue_->push_silence(static_cast<std::size_t>(frames));
    jump_ = 0;
    if (!started_) return;
    xruns.add();
    resyncs.add();
  }

  void drop(std::size_t frames) noexcept {
    dropped.add(static_cast<double>(frames));
    if (!dropping_) resyncs.add();
    jump_ = std::max(jump_ - static_cast<double>(frames) / rate_hz_, 0.0);
    if (frames_of(jump_) == 0) jump_ = 0;
  }

  // What comes next was captured at `captured`, and waits for the target.
  void resume(double captured) noexcept {
    queue_->splice();
    spliced_at_ = queue_->written();
    spliced_captured_ = captured;
    loop_->jumped();
    discontinuity_ = discontinuity_ || started_;
  }

  // The clock has not begun yet: what it will draw first shall have waited for the target.
  void forget_beyond_target() noexcept {
    const auto wanted = static_cast<std::size_t>(frames_of(target_ - lag_ / rate_hz_));
    if (queue_->frames() > wanted) queue_->pop(queue_->frames() - wanted);
  }

  // The other clock took a sample captured at `captured`.
  void read(double at, double captured) noexcept {
    const double dt = std::clamp(at - last_reading_, 0.0, 1.0);
    last_reading_ = at;
    if (jump_ != 0) return;
    loop_->read(at - captured - usual_.age_s(), dt);
    if (const auto jump = loop_->jump()) jump_ = *jump;
    ratio.set(loop_->correction() * 1e6);
    wait.set(loop_->wait_s());
  }

  void bend(std::size_t frames) noexcept { soxr_set_io_ratio(converter_.get(), 1 / (1 + loop_->correction()), frames); }

  // Follows a clock downstream: all that there is goes on its way.
  void send_all() noexcept {
    if (const auto reading = face_->read(seen_); reading && in_seconds(reading->capture_time) >= spliced_captured_)
      read(in_seconds(reading->at), in_seconds(reading->capture_time));
    bend(queue_->frames());
    for (bool full = false; (full || queue_->frames() > 0) && failure().empty();) {
      BlockRef next = out.take();
      const std::size_t made = convert(*next, 0, queue_->contiguous());
      full = made == next->frames();
      if (made > 0) emit(std::move(next), made);
    }
  }

  // In step with the stream at `clock`: as many frames as it has.
  void send(std::size_t frames) noexcept {
    ticking_ = ticking_ || started_;
    if (ticking_ && queue_->read() - static_cast<std::int64_t>(lag_) >= spliced_at_)
      read(in_seconds(host().now()), captured_after(queue_->frames()));
    bend(frames);
    BlockRef next = out.take(frames);
    std::size_t made = convert(*next, 0, 0);
    while (made < frames && failure().empty()) {
      if (queue_->frames() == 0) starve(frames - made);
      made += convert(*next, made, std::min(needed_for(frames - made), queue_->contiguous()));
    }
    emit(std::move(next), frames);
  }

  // Input frames to feed at once, and then one by one, so that the resampler never holds more than it must: given more,
  // it takes more (libsoxr 0.1.3 reckons with the greatest ratio).
  std::size_t needed_for(std::size_t frames) const noexcept {
    const double needed = static_cast<double>(frames) / (1 + loop_->correction()) - 2;
    return needed > 1 ? static_cast<std::size_t>(needed) : 1;
  }

  void starve(std::size_t frames) noexcept {
    if (started_ && !starved_ && !in.ended()) xruns.add();
    if (!std::exchange(starved_, true)) queue_->splice();
    queue_->push_silence(frames + 1);
    line_end_ += static_cast<double>(frames + 1) / rate_hz_;
  }

  // Fills `to` from its frame `first` on with what the queue's oldest `frames` make. Returns the frames made.
  std::size_t convert(Block& to, std::size_t first, std::size_t frames) noexcept {
    for (std::size_t c = 0; c < sinks_.size(); ++c) {
      sources_[c] = queue_->front(c);
      sinks_[c] = to.channel(c).data() + first;
    }
    std::size_t used = 0, made = 0;
    soxr_process(converter_.get(), sources_.data(), frames, &used, sinks_.data(), to.frames() - first, &made);
    queue_->pop(used);
    if (frames > 0 && used == 0 && made == 0) fail("libsoxr makes nothing of its input");
    return made;
  }

  // When the sample was captured that leaves the resampler before `frames` that wait for it.
  double captured_after(std::size_t frames) const noexcept {
    return line_end_ - (static_cast<double>(frames) + lag_) / rate_hz_;
  }

  void emit(BlockRef block, std::size_t frames) noexcept {
    block->header.capture_time = Time(from_seconds(captured_after(queue_->frames() + frames)));
    block->header.position = position_;
    block->header.frames = static_cast<std::int64_t>(frames);
    block->header.flags = kIndependent | (std::exchange(discontinuity_, false) ? kDiscontinuity : 0u);
    position_ += block->header.frames;
    out.emit(std::move(block));
  }

  std::shared_ptr<const ClockFace> face_;
  std::uint64_t seen_ = 0;
  double rate_hz_ = 0, lag_ = 0, target_ = 0;  // Hz, frames, s
  Converter converter_;
  std::optional<SpliceQueue> queue_;
  std::optional<ClockLoop> loop_;
  UsualAge usual_;
  std::vector<const float*> sources_;       // per channel
  std::vector<float*> sinks_;               // per channel
  double jump_ = 0;                         // s: surplus still to be dropped, or (negative) silence still to be put in
  double line_end_ = 0;                     // capture time of the queue's end, s
  double spliced_captured_ = 0;             // capture time of the first sample behind the last splice, s
  std::int64_t spliced_at_ = 0;             // its number in the queue
  double last_reading_ = 0;                 // s
  std::int64_t position_ = 0;               // frames sent
  bool started_ = false, ticking_ = false;  // the first block has come; and then the clock's
  bool starved_ = false, dropping_ = false, discontinuity_ = false;
};

}  // namespace

REGISTER_NODE(ClockBridge, "clock.bridge", "joins two clocks by adaptive resampling, at a constant delay")

}  // namespace sluice::dsp
